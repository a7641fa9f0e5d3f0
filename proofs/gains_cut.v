(** The gains cut: the formulas of crates/math/src/gains_cut.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

(** [loss] is the most that the round takes, [gains] the sum of its claims, [taken] what of them is
    cut, [given] what claims have been paid. *)
Record Cut := { loss : Z; gains : Z; taken : Z; given : Z }.

Definition is_cut (c : Cut) : Prop := 0 <= taken c <= gains c /\ taken c <= loss c.

(** [OpenCut::cut]. *)
Definition cut (l g unfunded : Z) : Cut :=
  {| loss := Z.min l unfunded; gains := g; taken := Z.min (Z.min l unfunded) g; given := 0 |}.

(** A claim's part of an amount for all. *)
Definition part (c : Cut) (gain amount : Z) : Z :=
  if gains c =? 0 then 0 else mul_div_down gain amount (gains c).

Definition entitlement (c : Cut) (gain : Z) : Z := part c gain (gains c - taken c).

Definition owed (c : Cut) : Z := monus (monus (gains c) (taken c)) (given c).
Definition beyond (c : Cut) (pool : Z) : Z := monus pool (owed c).

Definition without (c : Cut) (gone : Z) : Cut :=
  if gone =? 0 then c
  else {| loss := loss c; gains := gains c - gone; taken := taken c - (gone - entitlement c gone);
          given := given c - entitlement c gone |}.

Definition pay (c : Cut) (gain before pool : Z) : Z :=
  let there := Z.min (given c + pool) (gains c - taken c) in
  Z.min (monus (part c gain there) before) pool.

Definition with_paid (c : Cut) (amount : Z) : Cut :=
  {| loss := loss c; gains := gains c; taken := taken c; given := given c + amount |}.

Record LatePlan := { cancelled : Z; recovered : Z; late_cut : Cut }.

Definition plan_late (c : Cut) (gain unfunded pool : Z) : LatePlan :=
  let all := gains c + gain in
  let most := if gains c =? 0 then all else mul_div_down (taken c) all (gains c) in
  let more := monus (Z.min (Z.min (loss c) all) most) (taken c) in
  let first := Z.min more unfunded in
  let second := Z.min (monus more first) (beyond c pool) in
  {| cancelled := first; recovered := second;
     late_cut := {| loss := loss c; gains := all; taken := taken c + (first + second);
       given := given c |} |}.

(** P5: a cut takes no more than the loss it was opened for, no more than is unfunded now, and no
    more than the gains. What it does not reach is left only when every gain is gone. *)
Theorem cut_P5_takes_the_loss_or_every_gain l g unfunded :
  0 <= l -> 0 <= g -> 0 <= unfunded ->
  let c := cut l g unfunded in
  is_cut c /\ taken c <= unfunded /\ taken c <= l /\ (taken c < Z.min l unfunded -> taken c = gains c).
Proof. unfold cut, is_cut. cbn [loss gains taken]. lia. Qed.

(** P4: everybody keeps the same fraction of its gain, rounded down by less than a unit. All claims
    together are entitled to no more than the gains that are not cut, and to less than a unit a
    claim below them. *)
Theorem entitlement_P4_is_pro_rata_and_adds_up c claims :
  is_cut c -> gains c = sum claims -> 0 < gains c ->
  (forall gain, gains c * entitlement c gain <=
      gain * (gains c - taken c) < gains c * (entitlement c gain + 1))
  /\ sum (map (entitlement c) claims) <=
      gains c - taken c < sum (map (entitlement c) claims) + Z.of_nat (length claims).
Proof.
  unfold is_cut. intros Hc Hsum Hpos. unfold entitlement, part, mul_div_down.
  destruct (Z.eqb_spec (gains c) 0); [lia |]. split.
  - intros. pose proof (down_bounds (gain * (gains c - taken c)) (gains c) Hpos). lia.
  - assert (E : map (fun gain => down (gain * (gains c - taken c)) (gains c)) claims
              = map (fun n => down n (gains c)) (map (fun gain => gain * (gains c - taken c)) claims))
      by (rewrite map_map; reflexivity).
    rewrite E.
    pose proof (sum_of_floors (gains c) (map (fun gain => gain * (gains c - taken c)) claims) Hpos)
      as [Hl Hh].
    rewrite sum_scaled, <- Hsum in Hl, Hh. rewrite map_length in Hh.
    assert (1 <= Z.of_nat (length claims)) by (destruct claims; [cbn in Hsum; lia | cbn [length]; lia]).
    set (parts := sum (map _ (map _ claims))) in *. set (count := Z.of_nat _) in *. split; nia.
Qed.

Lemma entitlement_grows c c' gain :
  0 <= gain -> is_cut c -> is_cut c' -> 0 < gains c' -> taken c' * gains c <= taken c * gains c' ->
  entitlement c gain <= entitlement c' gain.
Proof.
  unfold is_cut, entitlement, part, mul_div_down. intros.
  destruct (Z.eqb_spec (gains c') 0); [lia |].
  destruct (Z.eqb_spec (gains c) 0); [apply down_nonneg; nia |].
  pose proof (down_bounds (gain * (gains c - taken c)) (gains c) ltac:(lia)).
  set (q := down (gain * (gains c - taken c)) (gains c)) in *.
  apply down_largest; [lia |]. apply Z.mul_le_mono_pos_r with (gains c); [lia |].
  assert (gain * ((gains c - taken c) * gains c') <= gain * ((gains c' - taken c') * gains c))
    by (apply Z.mul_le_mono_nonneg_l; lia).
  nia.
Qed.

(** P13: a latecomer never lowers the entitlement of an earlier claim, and the round stays a cut: it
    takes no more than its loss. What the latecomer bears beyond the unfunded loss comes out of the
    pool that is not for these claims. *)
Theorem plan_late_P13_no_earlier_claim_falls c late unfunded pool gain :
  is_cut c -> 0 <= late -> 0 <= unfunded -> 0 <= gain ->
  let p := plan_late c late unfunded pool in
  is_cut (late_cut p)
  /\ gains (late_cut p) = gains c + late
  /\ taken (late_cut p) = taken c + cancelled p + recovered p
  /\ 0 <= cancelled p <= unfunded /\ 0 <= recovered p <= beyond c pool
  /\ entitlement c gain <= entitlement (late_cut p) gain.
Proof.
  intros Hc Hlate Hun Hgain. pose proof Hc as Hc'. unfold is_cut in Hc'. cbv zeta.
  assert (Hb : 0 <= beyond c pool) by (unfold beyond, monus; lia).
  set (p := plan_late c late unfunded pool).
  assert (H : is_cut (late_cut p) /\ gains (late_cut p) = gains c + late
    /\ taken (late_cut p) = taken c + cancelled p + recovered p
    /\ 0 <= cancelled p <= unfunded /\ 0 <= recovered p <= beyond c pool
    /\ (0 < gains c -> taken (late_cut p) * gains c <= taken c * gains (late_cut p))).
  { subst p. unfold plan_late, is_cut, mul_div_down. cbn [cancelled recovered late_cut loss gains taken].
    destruct (Z.eqb_spec (gains c) 0); unfold monus in *; [lia |].
    pose proof (down_bounds (taken c * (gains c + late)) (gains c) ltac:(lia)).
    assert (taken c <= down (taken c * (gains c + late)) (gains c)) by (apply down_largest; nia).
    set (most := down (taken c * (gains c + late)) (gains c)) in *.
    set (least := Z.min (Z.min (loss c) (gains c + late)) most).
    assert (taken c <= least <= most) by (subst least; lia).
    assert (least <= loss c /\ least <= gains c + late) by (subst least; lia).
    repeat split; try lia. intros.
    apply Z.le_trans with (most * gains c); [apply Z.mul_le_mono_nonneg_r |]; lia. }
  destruct H as (Hcut & Hg & Ht & H1 & H2 & H3). do 5 (split; [assumption |]).
  destruct (Z.eq_dec (gains c) 0) as [E | ?].
  - unfold entitlement at 1, part. rewrite E. cbn [Z.eqb].
    unfold is_cut in Hcut. unfold entitlement, part.
    destruct (Z.eqb_spec (gains (late_cut p)) 0); [lia |].
    apply down_nonneg; nia.
  - apply entitlement_grows; auto; lia.
Qed.

(** P13: when some, but not all, of the claims have left with their part, nobody else's entitlement
    falls, and what is left for the others is what was left for all, less that part. *)
Theorem without_P13_no_other_claim_falls c gone gain :
  is_cut c -> 0 <= gone < gains c -> 0 <= gain ->
  gains (without c gone) - taken (without c gone)
  = gains c - taken c - (if gone =? 0 then 0 else entitlement c gone)
  /\ entitlement c gain <= entitlement (without c gone) gain.
Proof.
  intros Hc Hgone Hgain. pose proof Hc as Hc'. unfold is_cut in Hc'. unfold without.
  destruct (Z.eqb_spec gone 0); [lia |].
  cbn [gains taken]. split; [lia |].
  assert (B : 0 <= entitlement c gone /\ gains c * entitlement c gone <= gone * (gains c - taken c)
              /\ gone * (gains c - taken c) < gains c * entitlement c gone + gains c).
  { unfold entitlement, part, mul_div_down. destruct (Z.eqb_spec (gains c) 0); [lia |].
    pose proof (down_bounds (gone * (gains c - taken c)) (gains c) ltac:(lia)).
    pose proof (down_nonneg (gone * (gains c - taken c)) (gains c) ltac:(nia) ltac:(lia)). lia. }
  set (e := entitlement c gone) in *.
  assert (gone - e <= taken c).
  { enough (gone - e < taken c + 1) by lia. apply Z.mul_lt_mono_pos_l with (gains c); [lia |]. nia. }
  assert (e <= gone) by nia.
  assert (taken c - (gone - e) <= gains c - gone) by nia.
  apply entitlement_grows; cbn [gains taken]; unfold is_cut; cbn [loss gains taken]; lia.
Qed.

(** The claims of a round with what each has been paid, called in any order. *)
Definition entitled (c : Cut) (pool : Z) (claim : Z * Z) : Prop :=
  snd claim <= part c (fst claim) (Z.min (given c + pool) (gains c - taken c)).

(** P1: a payment overdraws neither the pool nor the claim: with it, the claim has had no more than
    its part of what has been there for the round, and the part of every other claim is what it was.
    *)
Theorem pay_P1_takes_no_more_than_its_part c gain before pool :
  0 <= pool -> before <= part c gain (Z.min (given c + pool) (gains c - taken c)) ->
  let p := pay c gain before pool in
  let c' := with_paid c p in
  0 <= p <= pool
  /\ entitled c' (pool - p) (gain, before + p)
  /\ (forall claim, entitled c pool claim -> entitled c' (pool - p) claim).
Proof.
  intros Hpool Hbefore. cbv zeta. set (p := pay c gain before pool).
  set (there := Z.min (given c + pool) (gains c - taken c)) in *.
  assert (Hp : 0 <= p <= pool /\ before + p <= part c gain there).
  { subst p. unfold pay, monus. fold there. lia. }
  unfold entitled, with_paid. cbn [fst snd given gains taken].
  replace (Z.min (given c + p + (pool - p)) (gains c - taken c)) with there by (unfold there; f_equal;
    lia).
  change (part {| loss := loss c; gains := gains c; taken := taken c;
    given := given c + p |}) with (part c).
  fold there. split; [tauto |]. split; [tauto |]. auto.
Qed.

(** P1: as long as nobody joins or leaves the round, claims that have each had no more than their
    part have had together no more than the gains that are not cut, and no more than has been there.
    *)
Theorem pay_P1_all_claims_fit c pool (claims : list (Z * Z)) :
  is_cut c -> 0 <= given c + pool -> 0 < gains c -> gains c = sum (map fst claims) ->
  Forall (entitled c pool) claims ->
  sum (map snd claims) <= Z.min (given c + pool) (gains c - taken c).
Proof.
  intros Hc Hpool Hpos Hsum Hall. unfold is_cut in Hc.
  set (there := Z.min (given c + pool) (gains c - taken c)).
  assert (Hle : gains c * sum (map snd claims) <= sum (map fst claims) * there).
  { clear Hsum. induction Hall as [| [gain before] rest H _ IH]; [cbn; lia |].
    unfold entitled, part, mul_div_down in H. cbn [fst snd] in H. fold there in H.
    destruct (Z.eqb_spec (gains c) 0); [lia |].
    pose proof (down_bounds (gain * there) (gains c) Hpos).
    cbn [map fst snd].
    change (sum (before :: map snd rest)) with (before + sum (map snd rest)).
    change (sum (gain :: map fst rest)) with (gain + sum (map fst rest)). nia. }
  rewrite <- Hsum in Hle. apply Z.mul_le_mono_pos_l with (gains c); lia.
Qed.
