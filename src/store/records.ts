// Rows as JSON, both ways: a batch of any size is one parameter of a statement whose text never changes.
import { getTableColumns, getTableName } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'

export interface Shape<Row> {
  table: string
  /** The columns, quoted, as they stand in a list. */
  columns: string
  /** `a = excluded.a, …` for all but the id. */
  overwrite: string
  toJson(rows: readonly Partial<Row>[]): string
  fromJson(json: Record<string, unknown>): Row
}

/** How a table's rows travel. `keys` limits what is written; columns that the database fills by itself never are. */
export function shapeOf<T extends PgTable>(table: T, keys?: readonly (keyof T['$inferSelect'] & string)[]): Shape<T['$inferSelect']> {
  const all = Object.entries(getTableColumns(table)).map(([key, column]) => ({
    key,
    name: column.name,
    isDate: column.dataType === 'date',
    isOurs: !column.columnType.includes('Serial') && column.generated === undefined,
  }))
  const written = all.filter(({ key, isOurs }) => isOurs && (!keys || keys.includes(key as never)))
  const members = written.map(({ key, name }) => ({ key, label: `${JSON.stringify(name)}:` }))
  const quote = (name: string) => `"${name}"`
  return {
    table: quote(getTableName(table)),
    columns: written.map(({ name }) => quote(name)).join(', '),
    overwrite: written
      .filter(({ key }) => key !== 'id')
      .map(({ name }) => `${quote(name)} = excluded.${quote(name)}`)
      .join(', '),
    toJson: (rows) => storableJson(`[${rows.map((row) => rowJson(row as Record<string, unknown>, members)).join()}]`),
    fromJson: (json) =>
      Object.fromEntries(
        all.map(({ key, name, isDate }) => {
          const value = json[name]
          return [key, isDate && typeof value === 'string' ? new Date(value) : value]
        }),
      ) as T['$inferSelect'],
  }
}

/** NUL and halves of surrogate pairs, which JSON writes as escapes and PostgreSQL refuses, become U+FFFD. */
export function storableJson(json: string): string {
  if (!json.includes('\\u')) return json // Nearly always, and found out at a tenth of the cost.
  return json.replace(/(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi, '$1\\ufffd')
}

/**
 * Only what is there: an absent key is NULL, and costs the database nothing to read. Put together by hand: an object for each row,
 * only to be written out, costs as much as everything in it.
 */
function rowJson(row: Record<string, unknown>, members: readonly { key: string; label: string }[]): string {
  let json = ''
  for (const { key, label } of members) {
    const value = row[key]
    if (value !== null && value !== undefined) json += `${json && ','}${label}${JSON.stringify(value)}`
  }
  return `{${json}}`
}

/** `insert into t (…) select … from` the JSON in parameter `$n`; as `jsonb` it is read once, also where a column is JSON itself. */
export function insertInto({ table, columns }: Shape<never> | Shape<unknown>, parameter: string): string {
  return `insert into ${table} (${columns}) select ${columns} from jsonb_populate_recordset(null::${table}, ${parameter}::jsonb)`
}
