// What a broken call to somebody else's server tells.

const NO_BYTES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * What `fetch` threw, in a word, and whether no connection came about: only then did the other side surely get nothing.
 * Workers name no causes; there everything that breaks stays uncertain.
 */
export function brokenBy(error: unknown): { certain: boolean; detail: string } {
  const cause = (error instanceof Error ? error.cause : undefined) as { code?: unknown; syscall?: unknown; message?: unknown } | undefined
  const code = String(cause?.code ?? '')
  const certain = NO_BYTES.has(code) || cause?.syscall === 'connect' || /CERT|_TLS_|SSL/.test(code)
  return { certain, detail: code || String(cause?.message ?? (error instanceof Error ? error.message : error)) }
}
