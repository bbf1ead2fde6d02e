import { describe, expect, test } from 'vitest'
import { blocks, inline, safeHref } from './src/markdown.ts'

describe('markdown', () => {
  test('knows strong, emphasis, code and links', () => {
    expect(inline('a **b** *c* `d` [e](https://x.example/)').map((piece) => `${piece.type}:${piece.text}`)).toEqual([
      'text:a ',
      'strong:b',
      'text: ',
      'em:c',
      'text: ',
      'code:d',
      'text: ',
      'link:e',
    ])
  })

  test('addresses that run something stay text', () => {
    expect(safeHref('javascript:alert(1)')).toBeNull()
    expect(safeHref('data:text/html,x')).toBeNull()
    expect(inline('[x](javascript:alert(1))').every((piece) => piece.type === 'text')).toBe(true)
  })

  test('a plain address is a link without the full stop behind it', () => {
    expect(inline('见 https://x.example/a。谢谢', false)).toEqual([
      { type: 'text', text: '见 ' },
      { type: 'link', text: 'https://x.example/a', href: 'https://x.example/a' },
      { type: 'text', text: '。谢谢' },
    ])
  })

  test('plain text keeps its stars', () => {
    expect(inline('2 * 3 ** 4', false)).toEqual([{ type: 'text', text: '2 * 3 ** 4' }])
  })

  test('knows paragraphs, lists and code', () => {
    expect(blocks('one\ntwo\n\n- a\n- b\n\n1. c\n```\nx = 1\n```').map((block) => block.type)).toEqual([
      'paragraph',
      'list',
      'list',
      'code',
    ])
  })

  test('never fails and never ends late on odd input', () => {
    for (const text of ['', '**', '[', '```', '*'.repeat(5000), '['.repeat(5000), `${'a*'.repeat(3000)}`])
      expect(blocks(text)).toBeDefined()
  })
})
