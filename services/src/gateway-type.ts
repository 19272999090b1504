/** The JSON types of Flink's SQL gateway as the text of SQL types. */

/** A type as the gateway gives it. */
export interface GatewayType {
  readonly type: string
  readonly nullable: boolean
  readonly length?: number
  readonly precision?: number
  readonly scale?: number
  readonly elementType?: GatewayType
  readonly keyType?: GatewayType
  readonly valueType?: GatewayType
  readonly fields?: ReadonlyArray<{ readonly name: string; readonly fieldType: GatewayType }>
}

const lengthMax = 2147483647

function base(type: GatewayType): string {
  switch (type.type) {
    case "INTEGER":
      return "INT"
    case "VARCHAR":
      return type.length === lengthMax ? "STRING" : `VARCHAR(${type.length})`
    case "VARBINARY":
      return type.length === lengthMax ? "BYTES" : `VARBINARY(${type.length})`
    case "CHAR":
    case "BINARY":
      return `${type.type}(${type.length})`
    case "DECIMAL":
      return `DECIMAL(${type.precision}, ${type.scale})`
    case "TIME_WITHOUT_TIME_ZONE":
      return `TIME(${type.precision})`
    case "TIMESTAMP_WITHOUT_TIME_ZONE":
      return `TIMESTAMP(${type.precision})`
    case "TIMESTAMP_WITH_LOCAL_TIME_ZONE":
      return `TIMESTAMP_LTZ(${type.precision})`
    case "INTERVAL_DAY_TIME":
      return "INTERVAL DAY TO SECOND(3)"
    case "INTERVAL_YEAR_MONTH":
      return "INTERVAL YEAR TO MONTH"
    case "ARRAY":
    case "MULTISET":
      return `${type.type}<${formatGatewayType(type.elementType!)}>`
    case "MAP":
      return `MAP<${formatGatewayType(type.keyType!)}, ${formatGatewayType(type.valueType!)}>`
    case "ROW":
      return `ROW<${
        type.fields!.map((field) => `\`${field.name}\` ${formatGatewayType(field.fieldType)}`).join(
          ", "
        )
      }>`
    default:
      return type.type
  }
}

/** `DECIMAL(3, 2) NOT NULL`. */
export function formatGatewayType(type: GatewayType): string {
  return type.nullable ? base(type) : `${base(type)} NOT NULL`
}
