// For reading that nobody waits for: where a tool asks us to wait, we do, and go on where we were.
import { ConnectorError } from '#core/errors.ts'
import { pause } from '#core/pause.ts'

/** `tries`: so often it is asked, where a tool that always says so would keep what is behind it waiting for ever. */
export async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal, tries = Number.POSITIVE_INFINITY): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.kind !== 'rate_limited' || n >= tries) throw error
      await pause(error.retryAfterMs ?? 1_000, signal, 'stopped while the tool asks to wait')
    }
  }
}
