(** Layers 3 and 4 together: the formula of crates/math/src/waterfall.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding shares cushions.
Open Scope Z_scope.

Record WaterfallPlan := {
  from_treasury : Z; from_survivors : Z; cushions_pay : Z; unpaid : Z;
  ends_epoch : bool; dust : Z; treasury_after : Z; book_after : Book }.

Definition plan_waterfall (loss treasury : Z) (b : Book) (cushions : Z) : WaterfallPlan :=
  let first := Z.min loss treasury in
  let l := layer_four (monus loss first) (contributions b) cushions in
  let left := {| contributions := contributions b - from_contributions l;
    total_shares := total_shares b |} in
  let ends := is_exhausted left in
  let rest := if ends then contributions left else 0 in
  {| from_treasury := first; from_survivors := from_contributions l; cushions_pay := from_cushions l;
     unpaid := residual l; ends_epoch := ends; dust := rest;
     treasury_after := monus treasury first + rest;
     book_after := if ends then {| contributions := 0; total_shares := 0 |} else left |}.

Section Waterfall.
  Variables loss treasury cushions : Z.
  Variable b : Book.
  Hypothesis loss_is_money : 0 <= loss.
  Hypothesis treasury_is_money : 0 <= treasury.
  Hypothesis cushions_are_money : 0 <= cushions.
  Hypothesis book_is_money : is_book b.

  Let p := plan_waterfall loss treasury b cushions.
  Let paid := from_treasury p + from_survivors p + cushions_pay p.

  (** P1: the payments and the residual are the loss, and what treasury and contributions have
      afterwards is what they had less what they paid, to the unit: a share epoch that ends destroys
      and creates nothing. *)
  Theorem plan_waterfall_P1_conserves :
    paid + unpaid p = loss
    /\ treasury_after p + contributions (book_after p)
       = treasury + contributions b - from_treasury p - from_survivors p
    /\ 0 <= treasury_after p /\ 0 <= contributions (book_after p) /\ cushions_pay p <= cushions.
  Proof.
    destruct book_is_money. subst p paid. unfold plan_waterfall.
    cbn [from_treasury from_survivors cushions_pay unpaid dust treasury_after book_after].
    set (first := Z.min loss treasury).
    destruct (layer_four_P4_is_exact_and_pro_rata (monus loss first) (contributions b) cushions)
      as (? & ? & ? & ? & _); [unfold monus; lia .. |].
    set (l := layer_four _ _ _) in *.
    destruct (is_exhausted _); cbn [contributions]; unfold monus in *; lia.
  Qed.

  (** P5: members pay only when the treasury is empty, and a residual is left only when treasury,
      contributions and cushions all are. *)
  Theorem plan_waterfall_P5_keeps_the_order :
    (0 < from_survivors p + cushions_pay p -> from_treasury p = treasury)
    /\ (0 < unpaid p -> from_treasury p = treasury
    /\ from_survivors p + cushions_pay p = contributions b + cushions).
  Proof.
    destruct book_is_money. subst p paid. unfold plan_waterfall.
    cbn [from_treasury from_survivors cushions_pay unpaid].
    set (first := Z.min loss treasury).
    destruct (layer_four_P4_is_exact_and_pro_rata (monus loss first) (contributions b) cushions)
      as (? & ? & ? & ? & ? & _); [unfold monus; lia .. |].
    set (l := layer_four _ _ _) in *. unfold first, monus in *. lia.
  Qed.

  (** P4: contributions and cushions lose the same part of their money, less than a unit apart. *)
  Theorem plan_waterfall_P4_is_pro_rata :
    0 < contributions b + cushions ->
    0 <= cushions_pay p * contributions b - from_survivors p * cushions < contributions b + cushions.
  Proof.
    destruct book_is_money. subst p paid. intros. unfold plan_waterfall.
    cbn [from_survivors cushions_pay].
    destruct (layer_four_P4_is_exact_and_pro_rata
                (monus loss (Z.min loss treasury)) (contributions b) cushions)
      as (_ & _ & _ & _ & _ & ? & ?); [unfold monus; lia .. |]. lia.
  Qed.
End Waterfall.
