(** Positions and settlement: the formulas of crates/math/src/positions.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding units.
Open Scope Z_scope.

(** Lots are signed, and so is raw quote: received minus paid. *)
Record Position := { lots : Z; raw : Z }.

Definition trade (p : Position) (q price : Z) : Position :=
  {| lots := lots p + q; raw := raw p - q * price |}.

Definition profit_raw (p : Position) (mark : Z) : Z := lots p * mark + raw p.

Definition profit (p : Position) (mark scale : Z) : Z := raw_to_pnl (profit_raw p mark) scale.

Definition realise (p : Position) (paid scale : Z) : Position :=
  {| lots := lots p; raw := raw p - raw_of paid scale |}.

(** Cash to the member (negative: from the member), and the state afterwards. *)
Record Settled := { paid : Z; position : Position; margin : Z; pool : Z }.

Definition plan_settle_result (p : Position) (result scale m cash : Z) : Settled :=
  let moved := if result <? 0 then - Z.min (Z.abs result) m else Z.min (Z.abs result) cash in
  {| paid := moved; position := realise p moved scale; margin := m + moved; pool := cash - moved |}.

Definition plan_settle (p : Position) (mark scale m cash : Z) : Settled :=
  plan_settle_result p (profit p mark scale) scale m cash.

(** P2 and P3: a trade adds no lots and no raw quote to both sides together, and at its own price
    neither side gains or loses. *)
Theorem trade_P3_is_zero_sum a b q price :
  lots (trade a q price) + lots (trade b (- q) price) = lots a + lots b
  /\ raw (trade a q price) + raw (trade b (- q) price) = raw a + raw b
  /\ profit_raw (trade a q price) price = profit_raw a price.
Proof. unfold trade, profit_raw. cbn. lia. Qed.

(** P3: a settlement moves cash between margin and pool, and the same amount of raw quote out of the
    position, to the unit. It touches no lots. *)
Theorem plan_settle_P3_moves_cash_and_raw_together p mark scale m cash :
  let s := plan_settle p mark scale m cash in
  margin s + pool s = m + cash
  /\ raw p - raw (position s) = scale * (margin s - m)
  /\ lots (position s) = lots p.
Proof. unfold plan_settle, plan_settle_result, realise, raw_of. cbn. lia. Qed.

(** P1: a settlement overdraws neither the margin nor the pool. *)
Theorem plan_settle_P1_never_overdraws p mark scale m cash :
  0 <= m -> 0 <= cash ->
  let s := plan_settle p mark scale m cash in 0 <= margin s /\ 0 <= pool s.
Proof.
  unfold plan_settle, plan_settle_result. cbn. intros.
  destruct (Z.ltb_spec (profit p mark scale) 0); lia.
Qed.

(** P3: what a settlement leaves in the position is less than one unit in the member's favour, or a
    loss that the margin, or a gain that the pool, is too empty for. *)
Theorem plan_settle_P3_leaves_less_than_a_unit p mark scale m cash :
  0 < scale -> 0 <= m -> 0 <= cash ->
  let s := plan_settle p mark scale m cash in
  let left := profit_raw (position s) mark in
  0 <= left < scale \/ left < 0 /\ margin s = 0 \/ scale <= left /\ pool s = 0.
Proof.
  intros Hs Hm Hc. cbv zeta.
  unfold plan_settle, plan_settle_result, realise, raw_of, profit, profit_raw.
  cbn [position lots raw margin pool].
  destruct (raw_to_pnl_P3_leaves_less_than_a_unit (lots p * mark + raw p) scale Hs) as [_ H].
  unfold raw_of in H. set (result := raw_to_pnl _ scale) in *.
  set (value := lots p * mark) in *.
  destruct (Z.ltb_spec result 0).
  - destruct (Z.min_spec (Z.abs result) m) as [[? ->] | [? ->]]; [left; nia |].
    destruct (Z.eq_dec m (Z.abs result)); [left; nia | right; left; nia].
  - destruct (Z.min_spec (Z.abs result) cash) as [[? ->] | [? ->]]; [left; nia |].
    destruct (Z.eq_dec cash (Z.abs result)); [left; nia | right; right; nia].
Qed.
