/** The suite of bulk formats on Parquet, with every codec and every form of timestamps. */
import { bulkSuite } from "../../conformance/src/bulk.ts"
import { factory } from "../src/mod.ts"

bulkSuite(
  factory,
  [
    {},
    {
      "parquet.compression": "ZSTD",
      "parquet.write.int64.timestamp": "true",
      "parquet.timestamp.time.unit": "nanos"
    },
    { "parquet.compression": "GZIP", "parquet.enable.dictionary": "false" },
    { "parquet.compression": "UNCOMPRESSED", "parquet.block.size": "1024" }
  ],
  { "parquet.block.size": "20kb" }
)
