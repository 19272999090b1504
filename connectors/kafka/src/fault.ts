/** What can go wrong between a table and its brokers, in words for whoever runs the job. */
import { Fault, type FaultClass } from "@millrace/core/internal"

const KafkaFaultBase: FaultClass<
  "KafkaFault",
  { table: string; action: string; detail: string; cause?: unknown }
> = Fault<{ table: string; action: string; detail: string; cause?: unknown }>()(
  "KafkaFault",
  "external",
  "backoff"
)

/** A broker cannot be reached, or refuses what may succeed later. `detail` is a sentence without its full stop. */
export class KafkaFault extends KafkaFaultBase {
  override get message(): string {
    return `Cannot ${this.action} for table ${this.table}: ${this.detail}`
  }
}

const KafkaUserFaultBase: FaultClass<
  "KafkaUserFault",
  { table: string; action: string; detail: string }
> = Fault<{ table: string; action: string; detail: string }>()(
  "KafkaUserFault",
  "user",
  "never"
)

/** What trying again does not mend: a topic that is not there, credentials, an offset that is gone, a timeout above the broker's. */
export class KafkaUserFault extends KafkaUserFaultBase {
  override get message(): string {
    return `Cannot ${this.action} for table ${this.table}: ${this.detail}`
  }
}

const TransactionLostBase: FaultClass<
  "TransactionLost",
  { table: string; transactionalId: string; answer: string }
> = Fault<{ table: string; transactionalId: string; answer: string }>()(
  "TransactionLost",
  "external",
  "never"
)

/** A prepared transaction can be committed no more: its rows are lost, or were committed before its id was used again. */
export class TransactionLost extends TransactionLostBase {
  override get message(): string {
    return `Cannot commit transaction "${this.transactionalId}" of table ${this.table}: the broker answers ${this.answer}, ` +
      "because its timeout passed, its id expired, or another producer has taken it. " +
      "Raise 'properties.transaction.timeout.ms' above the longest outage, and give each job a prefix of its own"
  }
}

const TransactionFencedBase: FaultClass<
  "TransactionFenced",
  { table: string; transactionalId: string; answer: string }
> = Fault<{ table: string; transactionalId: string; answer: string }>()(
  "TransactionFenced",
  "external",
  "reinitialize"
)

/** An open transaction was ended by somebody else while it was written. A restart writes its rows again. */
export class TransactionFenced extends TransactionFencedBase {
  override get message(): string {
    return `Cannot write in transaction "${this.transactionalId}" of table ${this.table}: the broker answers ${this.answer}; ` +
      "another producer uses this id, or the transaction was open for longer than its timeout"
  }
}
