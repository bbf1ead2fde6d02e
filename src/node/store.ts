// Where this process keeps files, and who looks at them, as the config says.
import { join } from 'node:path'
import type { Scan } from '#core/admission.ts'
import { httpScan } from '#platforms/scan-http.ts'
import type { Blobs } from '#store/blobs.ts'
import { diskBlobs } from '#store/blobs-disk.ts'
import { s3Blobs } from '#store/blobs-s3.ts'
import { loadConfig, type Settings } from '../config.ts'
import { clamdScan } from './clamd.ts'
import { type Environment, readConfigFolder } from './environment.ts'

export function openBlobs({ store }: Settings['files'], { data }: Pick<Environment, 'data'>): Blobs {
  return store.type === 's3' ? s3Blobs(store, { fetch, now: () => new Date() }) : diskBlobs(join(data, 'files'))
}

export function openScan({ scan }: Settings['files']): Scan | undefined {
  if (!scan) return undefined
  return scan.type === 'clamd' ? clamdScan(scan) : httpScan(scan, fetch)
}

/** For a command that needs no other part of the config: with mistakes in it, files are where they are without one. */
export function blobsOf(env: Environment): Blobs {
  const loaded = loadConfig(readConfigFolder(env))
  return openBlobs('config' in loaded ? loaded.config.settings.files : ({ store: { type: 'disk' } } as Settings['files']), env)
}
