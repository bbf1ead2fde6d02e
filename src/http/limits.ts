// How often somebody may do something. In memory: with several processes each allows its share.
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { RequestError } from '#core/errors.ts'

export interface Limit {
  /** Throws 429 when `key` has used up its points. */
  take(key: string): Promise<void>
  /** Gives the points back: a right password is no attack. */
  forgive(key: string): Promise<void>
}

export function limit(points: number, seconds: number): Limit {
  const limiter = new RateLimiterMemory({ points, duration: seconds })
  return {
    async take(key) {
      try {
        await limiter.consume(key)
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error
        const wait = Math.ceil(error.msBeforeNext / 1000)
        throw new RequestError(429, 'too_many', `Too many tries; wait ${wait} s. / 操作太频繁，请 ${wait} 秒后再试。`, wait)
      }
    },
    async forgive(key) {
      await limiter.delete(key)
    },
  }
}
