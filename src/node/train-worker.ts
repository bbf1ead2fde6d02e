// The thread in which the FAQ is learnt.
import { parentPort, workerData } from 'node:worker_threads'
import { type MatcherEntry, trainMatcher } from '#bot/faq.ts'

const port = parentPort
if (!port) throw new Error('train-worker.ts runs as a worker thread')

const model = trainMatcher(workerData as MatcherEntry[], (share) => port.postMessage({ share }))
port.postMessage({ model })
