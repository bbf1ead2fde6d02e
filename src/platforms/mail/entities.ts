// Named letters of HTML: those that people's programs write.
const NAMED: Record<string, string> = Object.fromEntries(
  [
    'amp & lt < gt > quot " apos \' nbsp \u00a0 ensp \u2002 emsp \u2003 thinsp \u2009 zwnj \u200c zwj \u200d shy \u00ad',
    'hellip … mdash — ndash – lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” bdquo „ laquo « raquo » lsaquo ‹ rsaquo › bull • middot ·',
    'copy © reg ® trade ™ sect § para ¶ deg ° plusmn ± times × divide ÷ frac12 ½ frac14 ¼ frac34 ¾ micro µ sup1 ¹ sup2 ² sup3 ³',
    'euro € pound £ yen ¥ cent ¢ curren ¤ iexcl ¡ iquest ¿ ordf ª ordm º not ¬ macr ¯ acute ´ cedil ¸ uml ¨ brvbar ¦ dagger † permil ‰',
    'larr ← uarr ↑ rarr → darr ↓ harr ↔ hearts ♥ spades ♠ clubs ♣ diams ♦ check ✓ star ☆ starf ★ infin ∞ ne ≠ le ≤ ge ≥ asymp ≈ minus −',
    'agrave à aacute á acirc â atilde ã auml ä aring å aelig æ ccedil ç egrave è eacute é ecirc ê euml ë igrave ì iacute í icirc î iuml ï',
    'eth ð ntilde ñ ograve ò oacute ó ocirc ô otilde õ ouml ö oslash ø ugrave ù uacute ú ucirc û uuml ü yacute ý thorn þ yuml ÿ szlig ß',
    'Agrave À Aacute Á Acirc Â Atilde Ã Auml Ä Aring Å AElig Æ Ccedil Ç Egrave È Eacute É Ecirc Ê Euml Ë Igrave Ì Iacute Í Icirc Î Iuml Ï',
    'ETH Ð Ntilde Ñ Ograve Ò Oacute Ó Ocirc Ô Otilde Õ Ouml Ö Oslash Ø Ugrave Ù Uacute Ú Ucirc Û Uuml Ü Yacute Ý THORN Þ oelig œ OElig Œ',
  ]
    .join(' ')
    .match(/\w+ \S|nbsp \u00a0|ensp \u2002|emsp \u2003|thinsp \u2009/gu)
    ?.map((pair) => [pair.slice(0, pair.indexOf(' ')), pair.slice(pair.indexOf(' ') + 1)]) ?? [],
)

/** One entity as its letter; what is none stays as it was written. */
export function entity(whole: string, name: string): string {
  if (!name.startsWith('#')) {
    // Without its semicolon only the oldest ones count, else `&copyright=` in an address would change.
    if (!whole.endsWith(';') && !/^(?:amp|lt|gt|quot|nbsp)$/i.test(name)) return whole
    return NAMED[name] ?? NAMED[name.toLowerCase()] ?? whole
  }
  const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10)
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole
}
