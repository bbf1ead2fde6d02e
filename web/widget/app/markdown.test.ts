import { describe, expect, test } from 'vitest'
import { type Inline, parseMarkdown, parsePlain, safeHref } from './markdown.ts'

const text = (value: string): Inline => ({ type: 'text', text: value })
const link = (href: string, label: string): Inline => ({ type: 'link', href, children: [text(label)] })

describe('links', () => {
  test('only http, https and mailto are links', () => {
    expect(safeHref('https://shop.example/a')).toBe('https://shop.example/a')
    expect(safeHref('mailto:help@shop.example')).toBe('mailto:help@shop.example')
    for (const bad of [
      'javascript:alert(1)',
      ' JavaScript:alert(1)',
      'data:text/html,x',
      '/relative',
      'vbscript:x',
      'file:///etc/passwd',
      '',
    ]) {
      expect(safeHref(bad)).toBeUndefined()
    }
  })

  test('a Markdown link to a forbidden scheme stays the text that was written', () => {
    expect(parseMarkdown('[press](javascript:alert)')).toEqual([{ type: 'paragraph', children: [text('[press](javascript:alert)')] }])
  })

  test('an address in plain words ends before Chinese punctuation and before the full stop of the sentence', () => {
    expect(parsePlain('见 https://shop.example/a。谢谢')).toEqual([
      text('见 '),
      link('https://shop.example/a', 'https://shop.example/a'),
      text('。谢谢'),
    ])
    expect(parsePlain('See https://shop.example/a.')).toEqual([
      text('See '),
      link('https://shop.example/a', 'https://shop.example/a'),
      text('.'),
    ])
    expect(parsePlain('(https://shop.example/a)')).toEqual([text('('), link('https://shop.example/a', 'https://shop.example/a'), text(')')])
    expect(parsePlain('https://w.example/a_(b)')).toEqual([link('https://w.example/a_(b)', 'https://w.example/a_(b)')])
  })

  test('a mail address becomes a mailto link', () => {
    expect(parsePlain('help@shop.example')).toEqual([link('mailto:help@shop.example', 'help@shop.example')])
  })
})

describe('blocks', () => {
  test('blank lines part paragraphs and single line breaks stay', () => {
    expect(parseMarkdown('a\nb\n\nc')).toEqual([
      { type: 'paragraph', children: [text('a\nb')] },
      { type: 'paragraph', children: [text('c')] },
    ])
  })

  test('bold, italics, code and their nesting', () => {
    expect(parseMarkdown('**a `b`** *c*')).toEqual([
      {
        type: 'paragraph',
        children: [
          { type: 'strong', children: [text('a '), { type: 'code', text: 'b' }] },
          text(' '),
          { type: 'em', children: [text('c')] },
        ],
      },
    ])
  })

  test('lists keep their kind, their first number and their neighbours', () => {
    expect(parseMarkdown('先看:\n- 一\n- 二\n3. three\n4. four')).toEqual([
      { type: 'paragraph', children: [text('先看:')] },
      { type: 'list', ordered: false, start: 1, items: [[text('一')], [text('二')]] },
      { type: 'list', ordered: true, start: 3, items: [[text('three')], [text('four')]] },
    ])
  })

  test('a Chinese numbered list needs no space after its mark', () => {
    expect(parseMarkdown('1、打开订单\n2、点退货')).toEqual([
      { type: 'list', ordered: true, start: 1, items: [[text('打开订单')], [text('点退货')]] },
    ])
  })

  test('a code block keeps every character, also when nobody closed it', () => {
    expect(parseMarkdown('```\n**a**\n<b>\n```\nend')).toEqual([
      { type: 'code', text: '**a**\n<b>' },
      { type: 'paragraph', children: [text('end')] },
    ])
    expect(parseMarkdown('```\nopen')).toEqual([{ type: 'code', text: 'open' }])
  })

  test('markup is text', () => {
    expect(parseMarkdown('<img src=x onerror=alert(1)>')).toEqual([{ type: 'paragraph', children: [text('<img src=x onerror=alert(1)>')] }])
  })

  test('hostile input of the greatest length is read in well under a second', () => {
    const started = performance.now()
    for (const unit of ['[', '**', '*', '`', 'a@', 'https://', '1、']) parseMarkdown(unit.repeat(4000))
    expect(performance.now() - started).toBeLessThan(1000)
  })
})
