// Reads the plans that auto_explain left in the server's log.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  Plans?: PlanNode[]
}

export interface Planned {
  text: string
  runs: number
  /** Every index and table it touched. */
  access: string
}

export interface Plans {
  statements: Planned[]
  /** Statements that read a large table from end to end. */
  scans: string[]
}

export function planned(folder: string, database: string, large: Set<string>): Plans {
  const seen = new Map<string, { runs: number; access: Set<string>; scanned: Set<string> }>()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      const plan = planOf(line, database)
      if (!plan) continue
      const text = normal(plan['Query Text'])
      const entry = seen.get(text) ?? { runs: 0, access: new Set<string>(), scanned: new Set<string>() }
      seen.set(text, entry)
      entry.runs += 1
      walk(plan.Plan, (node) => {
        const table = node['Relation Name']
        const index = node['Index Name']
        if (index) entry.access.add(index)
        else if (table && node['Node Type'] === 'Seq Scan') {
          entry.access.add(`all of ${table}`)
          if (large.has(table)) entry.scanned.add(table)
        }
      })
    }
  }
  const statements = [...seen].map(([text, { runs, access }]) => ({ text, runs, access: [...access].sort().join(', ') }))
  return {
    statements: statements.sort((a, b) => b.runs - a.runs),
    scans: [...seen].flatMap(([text, { scanned }]) => [...scanned].map((table) => `all of ${table}: ${text.slice(0, 200)}`)),
  }
}

function planOf(line: string, database: string): { 'Query Text': string; Plan: PlanNode } | undefined {
  if (!line.includes('plan:')) return undefined
  const { message, dbname } = JSON.parse(line) as { message: string; dbname?: string }
  const start = message.indexOf('plan:')
  return dbname === database && start >= 0 ? JSON.parse(message.slice(start + 5)) : undefined
}

/** Statements that differ only in how many values they list are one. */
function normal(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\$\d+/g, '$')
    .replace(/\((\$(::\w+)?(, )?)+\)/g, '($…)')
    .replace(/(\(\$…\)(, )?)+/g, '($…)')
    .trim()
}

function walk(node: PlanNode, visit: (node: PlanNode) => void): void {
  visit(node)
  for (const child of node.Plans ?? []) walk(child, visit)
}
