/** Full names of catalog objects and how a short one is completed. */

/** Catalog, database and object: all three always known. */
export interface ObjectPath {
  readonly catalog: string
  readonly database: string
  readonly object: string
}

/** `default_catalog.default_database.flights`, as plans and messages name it. */
export function pathText(path: ObjectPath): string {
  return `${path.catalog}.${path.database}.${path.object}`
}

/** `` `default_catalog`.`default_database`.`flights` ``, as DDL names it. */
export function quotedPath(path: ObjectPath): string {
  return [path.catalog, path.database, path.object].map(quote).join(".")
}

/** An identifier in backticks. */
export function quote(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``
}

/** A string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
