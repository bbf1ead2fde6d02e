// The first letters of how Chinese names are read: 王芳 is found by wf. The browser sorts Han signs by their reading; the first sign
// of each letter tells where it begins. Signs that are read in two ways are taken for the commoner one.
const LETTERS = 'abcdefghjklmnopqrstwxyz'
const FIRST = [...'阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥扨它穵夕丫帀']

const known = new Map<string, string>()
let collator: Intl.Collator | undefined

export function pinyinInitials(text: string): string {
  return [...text].map((sign) => (/\p{Script=Han}/u.test(sign) ? letterOf(sign) : '')).join('')
}

function letterOf(sign: string): string {
  collator ??= new Intl.Collator('zh-Hans-CN-u-co-pinyin')
  const { compare } = collator
  const letter = known.get(sign) ?? LETTERS[FIRST.findLastIndex((first) => compare(first, sign) <= 0)] ?? ''
  known.set(sign, letter)
  return letter
}
