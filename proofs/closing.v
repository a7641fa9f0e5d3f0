(** A wind-down: the formula of crates/math/src/closing.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

(** The payment of [claim] out of [pool] for [claims], after [before] of the claims have been paid.
    *)
Definition pay (claims pool claim before : Z) : Z :=
  mul_div_down (before + claim) pool claims - mul_div_down before pool claims.

(** The payments of claims in the order in which they come. *)
Fixpoint payments (all pool before : Z) (claims : list Z) : list Z :=
  match claims with
  | nil => nil
  | cons claim rest => pay all pool claim before :: payments all pool (before + claim) rest
  end.

(** P4: a claim gets its part of the pool, less than one unit apart, whenever it comes, and never
    more than it is. *)
Theorem pay_P4_is_within_a_unit claims pool claim before :
  0 < claims -> 0 <= pool <= claims -> 0 <= claim -> 0 <= before ->
  Z.abs (claims * pay claims pool claim before - claim * pool) < claims
  /\ 0 <= pay claims pool claim before <= claim.
Proof.
  unfold pay, mul_div_down. intros Hall Hpool Hclaim Hbefore.
  pose proof (down_bounds ((before + claim) * pool) claims Hall).
  pose proof (down_bounds (before * pool) claims Hall).
  pose proof (down_le (before * pool) ((before + claim) * pool) claims ltac:(nia) Hall).
  set (with_it := down ((before + claim) * pool) claims) in *.
  set (without := down (before * pool) claims) in *.
  split; [apply Z.abs_lt; nia |]. split; [lia |].
  enough (with_it < without + claim + 1) by lia. apply Z.mul_lt_mono_pos_l with claims; nia.
Qed.

Lemma payments_telescope all pool claims :
  forall before,
  sum (payments all pool before claims)
  = mul_div_down (before + sum claims) pool all - mul_div_down before pool all.
Proof.
  induction claims as [| claim rest IH]; intros; cbn [payments].
  - cbn. rewrite Z.add_0_r. lia.
  - change (sum (pay all pool claim before :: payments all pool (before + claim) rest))
      with (pay all pool claim before + sum (payments all pool (before + claim) rest)).
    change (sum (claim :: rest)) with (claim + sum rest).
    rewrite IH. unfold pay. rewrite Z.add_assoc. lia.
Qed.

(** P1: in any order, the payments of all claims are together the pool, to the unit. *)
Theorem pay_P1_all_claims_get_the_pool pool claims :
  0 < sum claims -> sum (payments (sum claims) pool 0 claims) = pool.
Proof.
  intros H. rewrite payments_telescope, Z.add_0_l. unfold mul_div_down, down.
  rewrite Z.mul_0_l, Z.div_0_l, Z.mul_comm, Z.div_mul by lia. lia.
Qed.
