(** The two intervals: the formulas of crates/math/src/interval.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

(** [Bps::ONE]: 100%. *)
Definition one : Z := 10000.

Record Interval := { low : Z; high : Z }.

Definition contains (i : Interval) (price : Z) : Prop := low i <= price <= high i.

(** [inner] lies within [outer]. *)
Definition within (inner outer : Interval) : Prop := low outer <= low inner /\ high inner <= high outer.

Definition hull (a b : Interval) : Interval :=
  {| low := Z.min (low a) (low b); high := Z.max (high a) (high b) |}.

Definition around (price spread : Z) : Interval := {| low := price - spread; high := price + spread |}.

(** A market's terms: rates in bps. *)
Record Terms := { multiple : Z; maintenance : Z; stress : Z; age_full_secs : Z }.

(** What is known of a price. *)
Record Reading := { price : Z; confidence : Z; range : Interval; age_ms : Z }.

Definition spread (r : Reading) (t : Terms) : Z :=
  Z.min (confidence r * multiple t) (mul_ratio_up (price r) (maintenance t) (2 * one)).

(** Interval A, which judges what is done to a member. *)
Definition others (r : Reading) (t : Terms) : Interval := hull (around (price r) (spread r t)) (range r).

(** [w] is [width / whole]. *)
Definition width (age : Z) (t : Terms) : Z :=
  if age <? age_full_secs t * 1000 then stress t * age else stress t.
Definition whole (age : Z) (t : Terms) : Z :=
  if age <? age_full_secs t * 1000 then one * (age_full_secs t * 1000) else one.

(** Interval B, which judges what a member does for itself. *)
Definition widened (i : Interval) (age : Z) (t : Terms) : Interval :=
  if age =? 0 then i
  else {| low := mul_ratio_down (low i) (whole age t - width age t) (whole age t);
          high := high i + mul_ratio_up (high i) (width age t) (whole age t) |}.

Definition oneself (r : Reading) (t : Terms) : Interval := widened (others r t) (age_ms r) t.

(** Prices and ages are not negative, rates are at most 100%, and B has a time in which it grows. *)
Definition are_terms (t : Terms) : Prop :=
  0 <= multiple t /\ 0 <= maintenance t <= one /\ 0 <= stress t <= one /\ 0 < age_full_secs t.
Definition is_reading (r : Reading) : Prop :=
  0 <= price r /\ 0 <= confidence r /\ 0 <= low (range r) <= high (range r) /\ 0 <= age_ms r.

(** A short name for what most proofs below use. *)
Local Definition exactly := mul_ratio_P8_is_exact_before_the_rounding.

Lemma width_is_a_part age t :
  are_terms t -> 0 <= age -> 0 < whole age t /\ 0 <= width age t <= whole age t
  /\ width age t * one <= stress t * whole age t.
Proof.
  unfold are_terms, whole, width, one. intros.
  destruct (Z.ltb_spec age (age_full_secs t * 1000)); [| lia].
  assert (0 <= stress t * age) by nia. repeat split; nia.
Qed.

Lemma spread_bounds r t : are_terms t -> is_reading r -> 0 <= spread r t <= price r.
Proof.
  unfold are_terms, is_reading, spread, one. intros.
  destruct (exactly (price r) (maintenance t) (2 * 10000)) as [_ ->]; [lia |].
  pose proof (up_nonneg (price r * maintenance t) (2 * 10000) ltac:(nia) ltac:(lia)).
  assert (up (price r * maintenance t) (2 * 10000) <= price r) by (apply up_smallest; nia).
  nia.
Qed.

(** P8: interval A contains the mark and every price of the range, and no end of it is below zero.
    *)
Theorem of_P8_others_contains_mark_and_range r t :
  are_terms t -> is_reading r ->
  contains (others r t) (price r) /\ within (range r) (others r t) /\ 0 <= low (others r t).
Proof.
  intros Ht Hr. pose proof (spread_bounds r t Ht Hr). unfold is_reading in Hr.
  unfold contains, within, others, hull, around. cbn [low high]. lia.
Qed.

(** P8: beyond the range, no confidence moves an end of interval A by more than half of the
    maintenance rate, rounded up by less than a unit. *)
Theorem of_P8_a_confidence_moves_at_most_half_of_maintenance r t :
  are_terms t -> is_reading r ->
  (low (others r t) < low (range r) ->
   (price r - low (others r t) - 1) * (2 * one) < price r * maintenance t)
  /\ (high (range r) < high (others r t) ->
      (high (others r t) - price r - 1) * (2 * one) < price r * maintenance t).
Proof.
  unfold are_terms, is_reading, others, hull, around, spread, one. cbn [low high]. intros.
  destruct (exactly (price r) (maintenance t) (2 * 10000)) as [_ ->]; [lia |].
  pose proof (up_bounds (price r * maintenance t) (2 * 10000) ltac:(lia)). lia.
Qed.

(** P7: interval B contains interval A, and hence the mark. *)
Theorem of_P7_oneself_contains_others r t :
  are_terms t -> is_reading r ->
  within (others r t) (oneself r t) /\ contains (oneself r t) (price r) /\ 0 <= low (oneself r t).
Proof.
  intros Ht Hr. destruct (of_P8_others_contains_mark_and_range r t Ht Hr) as ([? ?] & _ & ?).
  destruct (width_is_a_part (age_ms r) t Ht ltac:(unfold is_reading in Hr; lia)) as (? & ? & _).
  unfold oneself, widened, within, contains. set (a := others r t) in *.
  destruct (Z.eqb_spec (age_ms r) 0); [lia |]. cbn [low high].
  destruct (exactly (low a) (whole (age_ms r) t - width (age_ms r) t) (whole (age_ms r) t))
    as [-> _]; [lia |].
  destruct (exactly (high a) (width (age_ms r) t) (whole (age_ms r) t)) as [_ ->]; [lia |].
  set (all := whole (age_ms r) t) in *. set (w := width (age_ms r) t) in *.
  pose proof (down_bounds (low a * (all - w)) all ltac:(lia)).
  pose proof (down_nonneg (low a * (all - w)) all ltac:(nia) ltac:(lia)).
  pose proof (up_nonneg (high a * w) all ltac:(nia) ltac:(lia)).
  assert (down (low a * (all - w)) all <= low a) by nia. lia.
Qed.

(** P7: the ends of B are those of the formula, [low (1 - w)] and [high (1 + w)], rounded against
    the member by less than a unit, and [w] is at most the stress rate. *)
Theorem of_P7_oneself_is_never_narrower_than_the_formula r t :
  are_terms t -> is_reading r -> 0 < age_ms r ->
  let w := width (age_ms r) t in
  let all := whole (age_ms r) t in
  low (oneself r t) * all <= low (others r t) * (all - w) < (low (oneself r t) + 1) * all
  /\ (high (oneself r t) - 1) * all < high (others r t) * (all + w) <= high (oneself r t) * all
  /\ w * one <= stress t * all.
Proof.
  intros Ht Hr Hage. cbv zeta.
  destruct (width_is_a_part (age_ms r) t Ht ltac:(lia)) as (? & ? & ?).
  unfold oneself, widened. set (a := others r t) in *.
  destruct (Z.eqb_spec (age_ms r) 0); [lia |]. cbn [low high].
  destruct (exactly (low a) (whole (age_ms r) t - width (age_ms r) t) (whole (age_ms r) t))
    as [-> _]; [lia |].
  destruct (exactly (high a) (width (age_ms r) t) (whole (age_ms r) t)) as [_ ->]; [lia |].
  set (all := whole (age_ms r) t) in *. set (w := width (age_ms r) t) in *.
  pose proof (down_bounds (low a * (all - w)) all ltac:(lia)).
  pose proof (up_bounds (high a * w) all ltac:(lia)). lia.
Qed.

(** A rounding of one ratio against that of another: [n / d] is at most [m / e]. *)
Lemma down_of_ratios x n d m e :
  0 <= x -> 0 < d -> 0 < e -> n * e <= m * d -> down (x * n) d <= down (x * m) e.
Proof.
  intros. apply down_largest; [assumption |]. pose proof (down_bounds (x * n) d ltac:(assumption)).
  apply Z.mul_le_mono_pos_r with d; [assumption |]. nia.
Qed.

Lemma up_of_ratios x n d m e :
  0 <= x -> 0 < d -> 0 < e -> n * e <= m * d -> up (x * n) d <= up (x * m) e.
Proof.
  intros. apply up_smallest; [assumption |]. pose proof (up_bounds (x * m) e ltac:(assumption)).
  apply Z.mul_le_mono_pos_r with e; [assumption |]. nia.
Qed.

Lemma width_grows age older t :
  are_terms t -> 0 <= age <= older -> width age t * whole older t <= width older t * whole age t.
Proof.
  unfold are_terms, whole, width, one. intros.
  set (full := age_full_secs t * 1000). assert (0 < full) by (unfold full; lia).
  destruct (Z.ltb_spec age full), (Z.ltb_spec older full); try lia.
  - assert (stress t * age <= stress t * older) by nia. nia.
  - assert (stress t * age <= stress t * full) by nia. nia.
Qed.

(** P7: an older print is never better for a member that chooses it: with the same A, B only grows
    with age. *)
Theorem of_P7_an_older_print_is_never_better i age older t :
  are_terms t -> 0 <= low i -> 0 <= high i -> 0 <= age <= older ->
  within (widened i age t) (widened i older t).
Proof.
  intros Ht Hl Hh Hage. unfold within, widened.
  destruct (width_is_a_part age t Ht) as (? & ? & _); [lia |].
  destruct (width_is_a_part older t Ht) as (? & ? & _); [lia |].
  pose proof (width_grows age older t Ht Hage).
  set (all := whole age t) in *. set (w := width age t) in *.
  set (all' := whole older t) in *. set (w' := width older t) in *.
  destruct (exactly (low i) (all - w) all) as [El _]; [lia |].
  destruct (exactly (low i) (all' - w') all') as [El' _]; [lia |].
  destruct (exactly (high i) w all) as [_ Eh]; [lia |].
  destruct (exactly (high i) w' all') as [_ Eh']; [lia |].
  pose proof (up_nonneg (high i * w') all' ltac:(nia) ltac:(lia)).
  destruct (Z.eqb_spec age 0), (Z.eqb_spec older 0); try lia; cbn [low high];
    rewrite ?El, ?El', ?Eh, ?Eh'.
  - split; [| lia]. pose proof (down_bounds (low i * (all' - w')) all' ltac:(lia)). nia.
  - split.
    + apply down_of_ratios; lia.
    + pose proof (up_of_ratios (high i) w all w' all'). lia.
Qed.
