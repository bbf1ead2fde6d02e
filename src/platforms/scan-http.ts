// A scanner behind HTTP: gets the bytes, and says by its status what it thinks of them.

import type { Scan } from '#core/admission.ts'
import { ConnectorError, reason } from '#core/errors.ts'

export interface HttpScanOptions {
  url: string
  /** Sent as `Authorization: Bearer`. */
  token?: string
}

const DEADLINE_MS = 30_000
const SAID_MAX = 120

/** 2xx: clean. 406 or 422: not, and the body names what it is. Everything else: it cannot say. */
export function httpScan({ url, token }: HttpScanOptions, request: typeof fetch): Scan {
  return async (file, signal) => {
    const headers = {
      'content-type': 'application/octet-stream',
      'x-file-name': encodeURIComponent(file.name.toWellFormed()),
      'x-file-type': file.mime,
      ...(token && { authorization: `Bearer ${token}` }),
    }
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)])
    let status: number
    let said: string
    try {
      const response = await request(url, { method: 'POST', headers, body: file.bytes, redirect: 'manual', signal: bounded })
      status = response.status
      said = (await response.text()).trim().split('\n')[0]?.slice(0, SAID_MAX) ?? ''
    } catch (error) {
      throw unable(reason(error), error)
    }
    if (status === 406 || status === 422) return { found: said || '?' }
    if (status < 200 || status >= 300) throw unable(`HTTP ${status}`)
    return undefined
  }
}

/** Nobody opens what was not looked at; it is looked at again later. */
export function unable(why: string, cause?: unknown): ConnectorError {
  return new ConnectorError('transient', `安全扫描暂不可用 / the scanner does not answer (${why})`, { certain: true, cause })
}
