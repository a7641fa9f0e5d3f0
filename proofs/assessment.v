(** Assessments: the formula of crates/math/src/assessment.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

(** What [shares] of [all] still owe of a call after they have paid [paid]. *)
Definition due (called all shares paid : Z) : Z := monus (mul_div_up called shares all) paid.

(** P4: members that hold all shares owe together at least what was called, and less than one unit a
    member more. Each owes its part, rounded up by less than a unit. *)
Theorem due_P4_is_pro_rata_and_adds_up called holders :
  0 <= called -> 0 < sum holders -> Forall (fun shares => 0 <= shares) holders ->
  let dues := map (fun shares => due called (sum holders) shares 0) holders in
  called <= sum dues < called + Z.of_nat (length holders)
  /\ (forall shares, 0 <= shares ->
      sum holders * (due called (sum holders) shares 0 - 1) < called * shares
      <= sum holders * due called (sum holders) shares 0).
Proof.
  intros Hc Hall Hpos. cbv zeta.
  assert (E : forall shares, 0 <= shares ->
              due called (sum holders) shares 0 = up (shares * called) (sum holders)).
  { intros. unfold due, monus, mul_div_up. rewrite Z.sub_0_r, (Z.mul_comm called).
    pose proof (up_nonneg (shares * called) (sum holders) ltac:(nia) Hall). lia. }
  split.
  - assert (Em : map (fun shares => due called (sum holders) shares 0) holders
               = map (fun n => up n (sum holders)) (map (fun shares => shares * called) holders)).
    { rewrite map_map. apply map_ext_in. intros shares Hin. apply E.
      rewrite Forall_forall in Hpos. auto. }
    rewrite Em.
    pose proof (sum_of_ceilings (sum holders) (map (fun shares => shares * called) holders) Hall)
      as [Hl Hh].
    rewrite sum_scaled in Hl, Hh. rewrite map_length in Hh.
    assert (1 <= Z.of_nat (length holders)) by (destruct holders; [cbn in *; lia | cbn [length]; lia]).
    set (dues := sum (map _ (map _ holders))) in *. set (count := Z.of_nat _) in *.
    set (all := sum holders) in *. split; nia.
  - intros shares Hs. rewrite (E shares Hs).
  pose proof (up_bounds (shares * called) (sum holders) Hall). lia.
Qed.

(** P4: a member that has paid what it owed owes nothing more, until more is called. *)
Theorem due_P4_nothing_is_owed_twice called all shares :
  0 <= called -> 0 < all -> 0 <= shares ->
  due called all shares (due called all shares 0) = 0.
Proof.
  intros. unfold due, monus, mul_div_up.
  pose proof (up_nonneg (called * shares) all ltac:(nia) ltac:(lia)). lia.
Qed.
