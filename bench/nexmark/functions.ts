/** The function of the user that q14 asks for. */
import { UserFunction } from "@millrace/core"

/** How often a letter stands in a text. */
export const countChar: UserFunction.UserScalar = UserFunction.scalar({
  arguments: ["STRING", "STRING"],
  result: "BIGINT",
  evaluate: (text, letter) =>
    text === null || letter === null ? null : BigInt(text.split(letter).length - 1)
})
