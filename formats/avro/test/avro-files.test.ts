/** The suite of bulk formats on Avro container files, with every codec. */
import { bulkSuite } from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"
import { holds } from "./holds.ts"

const local = { "avro.timestamp_mapping.legacy": "false" }

bulkSuite(
  factory,
  ["null", "deflate", "snappy", "zstandard"].map((codec) => ({ ...local, "avro.codec": codec })),
  local,
  holds
)
