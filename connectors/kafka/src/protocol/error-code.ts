/** The error codes of Kafka's protocol that this connector meets: their names, and what can be done about each. */

/** Codes by name. */
export const code = {
  none: 0,
  offsetOutOfRange: 1,
  corruptMessage: 2,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  messageTooLarge: 10,
  networkException: 13,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  invalidTopic: 17,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  topicAuthorizationFailed: 29,
  unsupportedVersion: 35,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  invalidProducerIdMapping: 49,
  invalidTransactionTimeout: 50,
  concurrentTransactions: 51,
  kafkaStorage: 56,
  unknownProducerId: 59,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  producerFenced: 90,
  transactionalIdNotFound: 105
} as const

const names: Readonly<Record<number, string>> = {
  [-1]: "UNKNOWN_SERVER_ERROR",
  1: "OFFSET_OUT_OF_RANGE",
  2: "CORRUPT_MESSAGE",
  3: "UNKNOWN_TOPIC_OR_PARTITION",
  5: "LEADER_NOT_AVAILABLE",
  6: "NOT_LEADER_OR_FOLLOWER",
  7: "REQUEST_TIMED_OUT",
  10: "MESSAGE_TOO_LARGE",
  13: "NETWORK_EXCEPTION",
  14: "COORDINATOR_LOAD_IN_PROGRESS",
  15: "COORDINATOR_NOT_AVAILABLE",
  16: "NOT_COORDINATOR",
  17: "INVALID_TOPIC_EXCEPTION",
  18: "RECORD_LIST_TOO_LARGE",
  19: "NOT_ENOUGH_REPLICAS",
  20: "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  22: "ILLEGAL_GENERATION",
  25: "UNKNOWN_MEMBER_ID",
  29: "TOPIC_AUTHORIZATION_FAILED",
  30: "GROUP_AUTHORIZATION_FAILED",
  31: "CLUSTER_AUTHORIZATION_FAILED",
  32: "INVALID_TIMESTAMP",
  35: "UNSUPPORTED_VERSION",
  42: "INVALID_REQUEST",
  44: "POLICY_VIOLATION",
  45: "OUT_OF_ORDER_SEQUENCE_NUMBER",
  46: "DUPLICATE_SEQUENCE_NUMBER",
  47: "INVALID_PRODUCER_EPOCH",
  48: "INVALID_TXN_STATE",
  49: "INVALID_PRODUCER_ID_MAPPING",
  50: "INVALID_TRANSACTION_TIMEOUT",
  51: "CONCURRENT_TRANSACTIONS",
  53: "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
  56: "KAFKA_STORAGE_ERROR",
  59: "UNKNOWN_PRODUCER_ID",
  74: "FENCED_LEADER_EPOCH",
  75: "UNKNOWN_LEADER_EPOCH",
  76: "UNSUPPORTED_COMPRESSION_TYPE",
  87: "INVALID_RECORD",
  90: "PRODUCER_FENCED",
  105: "TRANSACTIONAL_ID_NOT_FOUND"
}

/** The name that Kafka's documentation has for a code. */
export function nameOfCode(value: number): string {
  return names[value] ?? `ERROR_${value}`
}

const transient: ReadonlySet<number> = new Set([
  code.corruptMessage,
  code.leaderNotAvailable,
  code.notLeader,
  code.requestTimedOut,
  code.networkException,
  code.coordinatorLoading,
  code.coordinatorNotAvailable,
  code.notCoordinator,
  code.notEnoughReplicas,
  code.notEnoughReplicasAfterAppend,
  code.concurrentTransactions,
  code.kafkaStorage,
  code.fencedLeaderEpoch,
  code.unknownLeaderEpoch,
  code.unknownTopicOrPartition
])

/** Whether the same request may succeed after a pause and a look at fresh metadata. */
export function isTransient(value: number): boolean {
  return transient.has(value)
}

/** Whether the transaction's producer is no longer the one that the coordinator knows: a newer one, a timeout or an expiry ended it. */
export function isFenced(value: number): boolean {
  return value === code.invalidProducerEpoch || value === code.producerFenced ||
    value === code.invalidProducerIdMapping || value === code.transactionalIdNotFound ||
    value === code.unknownProducerId
}
