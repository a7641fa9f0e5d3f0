(** Conversion between raw quote and money: the formulas of crates/math/src/units.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

(** [scale] is raw quote per base unit of money. *)
Definition raw_of (money scale : Z) : Z := money * scale.

(** A gain rounds down, a loss rounds up: magnitudes are divided, and the sign is put back. *)
Definition raw_to_pnl (raw scale : Z) : Z :=
  if raw <? 0 then - up (Z.abs raw) scale else down (Z.abs raw) scale.

(** P3: the conversion of raw quote is its division by the scale, rounded towards the fund for gains
    and losses alike. The rest that stays in raw quote is the member's, and less than a unit. *)
Theorem raw_to_pnl_P3_leaves_less_than_a_unit raw scale :
  0 < scale ->
  raw_to_pnl raw scale = raw / scale
  /\ 0 <= raw - raw_of (raw_to_pnl raw scale) scale < scale.
Proof.
  intros Hs. assert (E : raw_to_pnl raw scale = raw / scale).
  { unfold raw_to_pnl. destruct (Z.ltb_spec raw 0).
    - unfold up. rewrite Z.abs_neq, !Z.opp_involutive by lia. reflexivity.
    - unfold down. rewrite Z.abs_eq by lia. reflexivity. }
  rewrite E. split; [reflexivity |]. unfold raw_of.
  pose proof (Z.div_mod raw scale ltac:(lia)). pose proof (Z.mod_pos_bound raw scale Hs). lia.
Qed.

(** P3: money that becomes raw quote comes back as the same money, beside any rest below a unit. *)
Theorem raw_of_P3_is_exact money rest scale :
  0 <= rest < scale -> raw_to_pnl (raw_of money scale + rest) scale = money.
Proof.
  intros. destruct (raw_to_pnl_P3_leaves_less_than_a_unit (raw_of money scale + rest) scale) as [-> _];
    [lia |].
  unfold raw_of. symmetry. apply Z.div_unique with rest; lia.
Qed.

(** P3: results that are converted one by one never exceed their sum converted at once, and fall
    short of it by less than one unit each. *)
Theorem raw_to_pnl_P3_of_parts_is_below_that_of_the_sum raws scale :
  0 < scale -> raws <> nil ->
  let parts := sum (map (fun raw => raw_to_pnl raw scale) raws) in
  parts <= raw_to_pnl (sum raws) scale < parts + Z.of_nat (length raws).
Proof.
  intros Hs Hn. cbv zeta.
  rewrite (map_ext _ (fun raw => down raw scale))
    by (intros; apply raw_to_pnl_P3_leaves_less_than_a_unit; assumption).
  destruct (raw_to_pnl_P3_leaves_less_than_a_unit (sum raws) scale Hs) as [-> _].
  change (sum raws / scale) with (down (sum raws) scale).
  destruct (sum_of_floors scale raws Hs) as [Hlow Hhigh].
  pose proof (down_bounds (sum raws) scale Hs).
  assert (1 <= Z.of_nat (length raws)) by (destruct raws; [easy | cbn [length]; lia]).
  set (parts := sum (map _ raws)) in *. set (n := Z.of_nat (length raws)) in *.
  set (q := down (sum raws) scale) in *. split; [nia |].
  apply Z.mul_lt_mono_pos_l with scale; nia.
Qed.
