/**
 * Whose is it? Pure, exact (TEAR-4): the namespace label where there is one, the exact prefix `<stack>_` otherwise; and an unlabelled object that a longer
 * stack's name claims too is nobody's to take.
 */
import { isRunDomain, runDomainOfStack, type BaseDomain, type Domain, type StackName } from "../model/names.ts"
import { stackLabel } from "../services/Docker.ts"

/** Anything that has a name and labels. */
export interface Named {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

export type Claim = "ours" | "foreign" | "contested"

/** Whether `object` belongs to `stack`; `others` are the names of all stacks that are known to exist. */
export const claim = (stack: StackName, object: Named, others: ReadonlySet<string>): Claim => {
  const label = object.labels[stackLabel]
  if (label !== undefined) return label === stack ? "ours" : "foreign"
  if (!object.name.startsWith(`${stack}_`)) return "foreign"
  for (const other of others) {
    if (other.length > stack.length && other.startsWith(`${stack}_`) && object.name.startsWith(`${other}_`)) return "contested"
  }
  return "ours"
}

/** Names of all stacks that labels and app domains tell of. */
export const knownStacks = (objects: ReadonlyArray<Named>, domains: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set([...objects.flatMap(({ labels }) => labels[stackLabel] ?? []), ...domains.map((domain) => domain.replaceAll(".", "_"))])

/** Splits what is ours from what is contested; foreign objects are in neither. */
export const claimed = <A extends Named>(stack: StackName, objects: ReadonlyArray<A>, others: ReadonlySet<string>) => ({
  ours: objects.filter((object) => claim(stack, object, others) === "ours"),
  contested: objects.filter((object) => claim(stack, object, others) === "contested")
})

/**
 * JAN-1: the run domain that an object tells of, if any: by its label, or, unlabelled (external secrets), by a name that begins with a run stack's name.
 * The six hex digits and the base domain make that prefix unmistakable.
 */
export const runDomainOf = (object: Named, base: BaseDomain): Domain | undefined => {
  const label = object.labels[stackLabel]
  if (label !== undefined) return runDomainOfStack(label, base)
  const suffix = `_${base.replaceAll(".", "_")}`
  const at = object.name.indexOf(`${suffix}_`)
  return at < 0 ? undefined : runDomainOfStack(object.name.slice(0, at + suffix.length), base)
}

/** The run domains among names that are domains already (apps that abra lists, marks). */
export const runDomainsAmong = (names: ReadonlyArray<string>, base: BaseDomain): ReadonlyArray<Domain> =>
  names.flatMap((name) => (isRunDomain(name, base) ? [name] : []))
