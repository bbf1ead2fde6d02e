// Where files are kept here: a bucket of the config's, or the bound one. A scanner that only Node can speak with lets nothing in.

import type { Logger } from '#core/connector.ts'
import { ConnectorError } from '#core/errors.ts'
import { httpScan } from '#platforms/scan-http.ts'
import { s3Blobs } from '#store/blobs-s3.ts'
import type { AppParts } from '../app.ts'
import type { Settings } from '../config.ts'
import { type Bucket, noBlobs, r2Blobs } from './blobs-r2.ts'

export function filing({ store, scan }: Settings['files'], bucket: Bucket | undefined, log: Logger): Pick<AppParts, 'blobs' | 'scan'> {
  const blobs = store.type === 's3' ? s3Blobs(store, { fetch, now: () => new Date() }) : bucket ? r2Blobs(bucket) : noBlobs
  if (!scan) return { blobs }
  if (scan.type === 'http') return { blobs, scan: httpScan(scan, fetch) }
  log.error({}, 'files.scan: clamd cannot be reached from a Worker; use a scanner behind HTTP. No files are taken.')
  const refuse = () => Promise.reject(new ConnectorError('unsupported', 'This service cannot look at files. / 本服务无法扫描文件。'))
  return { blobs, scan: refuse }
}
