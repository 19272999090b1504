/** What the plug-in puts in this module's place. */
declare module "millrace:factories" {
  export const factories: ReadonlyArray<import("@millrace/core").Registry.LazyFactory>
}
