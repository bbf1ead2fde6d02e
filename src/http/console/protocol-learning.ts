// What the console and the server say to each other about what the bot may learn.

/** `GET /console/api/lessons`: what the bot was asked in vain, in groups, the largest first. */
export interface LessonPage {
  items: LessonItem[]
  /** What a group may belong to. */
  entries: { id: string; title: string }[]
  /** How often answers of a confidence helped: `tenth` 5 is from 0.5 to 0.6. */
  calibration: { tenths: { tenth: number; up: number; down: number }[]; advice?: number }
  /** False where bot.yaml cannot be written from here. */
  writable: boolean
}

export interface LessonItem {
  key: string
  texts: string[]
  count: number
  entry?: { id: string; title: string; said: 'customers' | 'assistant' | 'agents' | 'guess' }
  unhelpful: number
  /** What an agent answered. */
  draft?: string
}

/** `POST /console/api/lessons/<key>` */
export type LessonRequest =
  | { action: 'phrases'; entry: string; texts: string[] }
  | { action: 'entry'; id: string; title: string; texts: string[]; answer: string }
  | { action: 'ignore' }
