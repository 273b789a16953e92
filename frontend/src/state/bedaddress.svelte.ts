/** The address of the bed that is open: in a bookmark, in the history and in each tab for itself. */

import { untrack } from "svelte";

import { keepKeys } from "../keys";
import { bedPath, router, type Route } from "../router.svelte";
import { bed } from "./bed.svelte";

/** Opens the bed that the address names, or names the one that is open: `$effect(() => followAddress(router.route))`. */
export function followAddress({ page, params }: Route): void {
  if (page !== "breed" && page !== "refine") return;
  const asked = params.bed === undefined ? undefined : Number(params.bed);
  const opening = untrack(() => bed.openAt(asked));
  void keepKeys(opening);
  void opening.then(() => {
    const { route } = router;
    if (route.page !== page || route.params.bed !== params.bed) return; // one has gone on meanwhile
    if (asked === undefined && bed.now !== undefined) router.go(bedPath(bed.now.id, page), { replace: true });
    if (asked !== undefined && bed.now?.id !== asked) router.go("/beds", { replace: true });
  });
}
