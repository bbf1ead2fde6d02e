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

/** How a table's rows travel. `keys` limits what is written; columns that the database numbers by itself never are. */
export function shapeOf<T extends PgTable>(table: T, keys?: readonly (keyof T['$inferSelect'] & string)[]): Shape<T['$inferSelect']> {
  const all = Object.entries(getTableColumns(table)).map(([key, column]) => ({
    key,
    name: column.name,
    isDate: column.dataType === 'date',
    isSerial: column.columnType.includes('Serial'),
  }))
  const written = all.filter(({ key, isSerial }) => !isSerial && (!keys || keys.includes(key as never)))
  const quote = (name: string) => `"${name}"`
  return {
    table: quote(getTableName(table)),
    columns: written.map(({ name }) => quote(name)).join(', '),
    overwrite: written
      .filter(({ key }) => key !== 'id')
      .map(({ name }) => `${quote(name)} = excluded.${quote(name)}`)
      .join(', '),
    toJson: (rows) =>
      JSON.stringify(rows.map((row) => Object.fromEntries(written.map(({ key, name }) => [name, (row as Record<string, unknown>)[key]])))),
    fromJson: (json) =>
      Object.fromEntries(
        all.map(({ key, name, isDate }) => {
          const value = json[name]
          return [key, isDate && typeof value === 'string' ? new Date(value) : value]
        }),
      ) as T['$inferSelect'],
  }
}

/** `insert into t (…) select … from` the JSON in parameter `$n`. */
export function insertInto({ table, columns }: Shape<never> | Shape<unknown>, parameter: string): string {
  return `insert into ${table} (${columns}) select ${columns} from json_populate_recordset(null::${table}, ${parameter}::json)`
}
