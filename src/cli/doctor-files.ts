// Can files be kept and looked at? Where they lie in a bucket, one is written, read and removed; a scanner is shown a harmless one.
import { randomBytes } from 'node:crypto'
import { reason } from '#core/errors.ts'
import { httpScan } from '#platforms/scan-http.ts'
import type { Settings } from '../config.ts'
import { pingClamd } from '../node/clamd.ts'
import type { Environment } from '../node/environment.ts'
import { soundsMade } from '../node/ffmpeg.ts'
import { hasPictures } from '../node/pictures.ts'
import { openBlobs } from '../node/store.ts'
import type { Finding } from './doctor.ts'

const WAIT_MS = 10_000
const STORE = { zh: '文件存储', en: 'file store' }
const SCAN = { zh: '安全扫描', en: 'scanner' }
const VOICES = { zh: '语音转换', en: 'voices' }

/** Nothing of the disk: its folder is looked at anyway. */
export function checkFiles(
  { store, scan, ffmpeg }: Settings['files'],
  env: Environment,
  parts: { hasPictures(): boolean } = { hasPictures },
): Promise<Finding>[] {
  return [
    ...(store.type === 's3' ? [checkStore({ store } as Settings['files'], env)] : []),
    ...(scan ? [checkScan(scan)] : []),
    ...(parts.hasPictures() ? [] : [Promise.resolve(NO_PICTURES)]),
    ...(ffmpeg ? [checkVoices(ffmpeg)] : []),
  ]
}

const NO_PICTURES: Finding = {
  name: { zh: '图片转换', en: 'pictures' },
  mark: 'warn',
  found: { zh: '没有安装 sharp', en: 'sharp is not installed' },
  advice: {
    zh: '渠道不接收的图片会以链接发送；重新运行 npm ci 可安装',
    en: 'pictures that a channel does not take leave as links; npm ci installs it',
  },
}

async function checkVoices(program: string): Promise<Finding> {
  try {
    const made = await soundsMade(program, AbortSignal.timeout(WAIT_MS))
    if (made.includes('audio/mpeg')) return { name: VOICES, mark: 'ok', found: `${program}: ${made.join(', ')}` }
    const advice = { zh: '换一个带 libmp3lame 的 ffmpeg', en: 'use a build of ffmpeg with libmp3lame' }
    return { name: VOICES, mark: 'bad', found: `${program} makes no MP3`, advice }
  } catch (error) {
    const advice = { zh: '安装 ffmpeg，或修改 files.ffmpeg', en: 'install ffmpeg, or change files.ffmpeg' }
    return { name: VOICES, mark: 'bad', found: reason(error), advice }
  }
}

async function checkStore(settings: Settings['files'], env: Environment): Promise<Finding> {
  const { store } = settings
  const found = store.type === 's3' ? `${store.endpoint} ${store.bucket}` : env.data
  try {
    const blobs = openBlobs(settings, env)
    const [id, probe] = [`att_${randomBytes(16).toString('hex')}`, new TextEncoder().encode('frontdesk doctor')]
    await blobs.put(id, probe)
    const read = await blobs.get(id)
    await blobs.remove(id)
    if (read?.length !== probe.length) throw new Error('what was written does not come back')
    return { name: STORE, mark: 'ok', found }
  } catch (error) {
    const advice = {
      zh: '核对 files.store 的 endpoint、bucket、region 和密钥；密钥需要读、写、删除对象和列出存储桶的权限',
      en: 'check endpoint, bucket, region and keys of files.store; the key must be allowed to read, write and delete objects and to list the bucket',
    }
    return { name: STORE, mark: 'bad', found: reason(error), advice }
  }
}

async function checkScan(scan: NonNullable<Settings['files']['scan']>): Promise<Finding> {
  const signal = AbortSignal.timeout(WAIT_MS)
  const found = scan.type === 'clamd' ? `clamd ${scan.host}:${scan.port}` : scan.url
  try {
    if (scan.type === 'clamd') await pingClamd(scan, signal)
    else {
      const sick = await httpScan(scan, fetch)({ name: 'doctor.txt', mime: 'text/plain', bytes: new TextEncoder().encode('hello') }, signal)
      if (sick) throw new Error(`it finds ${sick.found} in a harmless file`)
    }
    return { name: SCAN, mark: 'ok', found }
  } catch (error) {
    const advice = {
      zh: '启动扫描服务，或修改 files.scan；扫描服务不可用时不接收文件',
      en: 'start the scanner, or change files.scan; while it does not answer no file is taken',
    }
    return { name: SCAN, mark: 'bad', found: reason(error), advice }
  }
}
