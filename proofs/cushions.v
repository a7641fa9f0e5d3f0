(** Cushions and layer 4: the formulas of crates/math/src/cushions.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

Record LayerFour := { from_contributions : Z; from_cushions : Z; residual : Z }.

Definition layer_four (loss contributions cushions : Z) : LayerFour :=
  let all := contributions + cushions in
  let paid := Z.min loss all in
  let part := if cushions =? 0 then 0 else mul_div_up paid cushions all in
  {| from_contributions := paid - part; from_cushions := part; residual := monus loss paid |}.

(** P4: layer 4 adds up to the loss, overdraws neither side, leaves a residual only when both are
    empty, and takes from both in proportion: what the cushions pay is their exact part, rounded up
    by less than a unit. *)
Theorem layer_four_P4_is_exact_and_pro_rata loss contributions cushions :
  0 <= loss -> 0 <= contributions -> 0 <= cushions ->
  let l := layer_four loss contributions cushions in
  let paid := from_contributions l + from_cushions l in
  paid + residual l = loss /\ 0 <= residual l
  /\ 0 <= from_contributions l <= contributions
  /\ 0 <= from_cushions l <= cushions
  /\ (0 < residual l -> paid = contributions + cushions)
  /\ 0 <= from_cushions l * contributions - from_contributions l * cushions <= contributions + cushions
  /\ (0 < contributions + cushions ->
      from_cushions l * contributions - from_contributions l * cushions < contributions + cushions).
Proof.
  unfold layer_four, mul_div_up, monus. cbn [from_contributions from_cushions residual]. intros.
  destruct (Z.eqb_spec cushions 0) as [-> | ?]; [repeat split; lia |].
  set (all := contributions + cushions). set (paid := Z.min loss all).
  pose proof (up_bounds (paid * cushions) all ltac:(lia)).
  pose proof (up_nonneg (paid * cushions) all ltac:(nia) ltac:(lia)).
  set (part := up (paid * cushions) all) in *.
  assert (0 <= paid <= all) by lia. assert (0 <= cushions <= all) by lia.
  assert (part <= cushions) by (apply up_smallest; nia).
  assert (part <= paid) by (apply up_smallest; nia).
  assert (paid - part <= contributions).
  { enough (cushions * paid <= all * part) by nia. lia. }
  replace (part * contributions - (paid - part) * cushions) with (all * part - paid * cushions)
    by (subst all; ring).
  clearbody part. repeat split; lia.
Qed.

(** What a round with [money] pays of [loss], if it and the rounds after it have [left]. *)
Definition turn (loss money left : Z) : Z :=
  if money =? 0 then 0 else mul_div_up loss money left.

(** Rounds that pay one after the other: the payments. *)
Fixpoint turns (loss : Z) (rounds : list Z) : list Z :=
  match rounds with
  | nil => nil
  | cons money rest =>
      let paid := turn loss money (sum (money :: rest)) in paid :: turns (loss - paid) rest
  end.

Lemma turn_bounds loss money rest :
  0 <= money -> 0 <= rest -> 0 <= loss <= money + rest ->
  let paid := turn loss money (money + rest) in 0 <= paid <= money /\ 0 <= loss - paid <= rest.
Proof.
  unfold turn, mul_div_up. cbv zeta. intros.
  destruct (Z.eqb_spec money 0); [lia |].
  pose proof (up_bounds (loss * money) (money + rest) ltac:(lia)).
  pose proof (up_nonneg (loss * money) (money + rest) ltac:(nia) ltac:(lia)).
  assert (up (loss * money) (money + rest) <= money) by (apply up_smallest; nia).
  assert (up (loss * money) (money + rest) <= loss) by (apply up_smallest; nia).
  enough (loss - up (loss * money) (money + rest) <= rest) by lia.
  set (paid := up (loss * money) (money + rest)) in *.
  apply Z.mul_le_mono_pos_l with (money + rest); nia.
Qed.

(** P4: however many rounds share a loss that they can pay, their payments are together the loss, to
    the unit, and no round pays more than it has. *)
Theorem turn_P4_rounds_pay_the_loss_together rounds :
  forall loss, Forall (fun money => 0 <= money) rounds -> 0 <= loss <= sum rounds ->
  sum (turns loss rounds) = loss
  /\ Forall2 (fun paid money => 0 <= paid <= money) (turns loss rounds) rounds.
Proof.
  induction rounds as [| money rest IH]; intros loss Hr Hl.
  - cbn in *. split; [lia | constructor].
  - inversion Hr as [| ? ? Hm Hrest]; subst.
    assert (0 <= sum rest).
    { clear - Hrest. induction Hrest; cbn in *; unfold sum in *; lia. }
    change (sum (money :: rest)) with (money + sum rest) in Hl.
    destruct (turn_bounds loss money (sum rest)) as [Hp Hrem]; [lia .. |].
    cbn [turns]. change (sum (money :: rest)) with (money + sum rest).
    set (paid := turn loss money (money + sum rest)) in *.
    destruct (IH (loss - paid) Hrest Hrem) as [Hsum Hall]. split.
    + change (sum (paid :: turns (loss - paid) rest)) with (paid + sum (turns (loss - paid) rest)). lia.
    + constructor; assumption.
Qed.

(** What [units] of [all] are of [amount]. *)
Definition part_of (amount units all : Z) : Z :=
  if all =? 0 then 0 else mul_div_down amount units all.

(** P1: the releases of all records of a round never exceed what it is worth, and fall short of it
    by less than a unit a record if they hold all units. *)
Theorem part_of_P1_releases_fit records worth :
  0 <= worth -> 0 < sum records ->
  let all := sum records in
  let released := sum (map (fun units => part_of worth units all) records) in
  released <= worth < released + Z.of_nat (length records).
Proof.
  intros Hw Hr. cbv zeta. unfold part_of, mul_div_down.
  destruct (Z.eqb_spec (sum records) 0); [lia |].
  assert (E : map (fun units => down (worth * units) (sum records)) records
            = map (fun n => down n (sum records)) (map (fun units => units * worth) records)).
  { rewrite map_map. apply map_ext. intros. f_equal. lia. }
  rewrite E. pose proof (sum_of_floors (sum records) (map (fun units => units * worth) records) Hr)
    as [Hl Hh].
  rewrite sum_scaled in Hl, Hh. rewrite map_length in Hh.
  assert (1 <= Z.of_nat (length records)) by (destruct records; [cbn in *; lia | cbn [length]; lia]).
  set (released := sum (map _ (map _ records))) in *. set (count := Z.of_nat _) in *.
  split; nia.
Qed.

(** Units that a base unit buys in an empty round. *)
Definition units_per_money : Z := 2 ^ 20.

(** The units that a cushion of [amount] gets in a round that holds [money] in [units]. *)
Definition plan_enter (money units amount : Z) : Z :=
  if units =? 0 then amount * units_per_money else mul_div_down amount units money.

(** P4: a cushion that enters a round with money takes nothing from the cushions that are in, not a
    unit, and is worth no more than it has paid. *)
Theorem plan_enter_P4_no_cushion_that_is_in_loses money units amount held :
  0 < money -> 0 < units -> 0 <= amount -> 0 <= held ->
  let bought := plan_enter money units amount in
  part_of money held units <= part_of (money + amount) held (units + bought)
  /\ part_of (money + amount) bought (units + bought) <= amount.
Proof.
  intros Hm Hu Ha Hh. cbv zeta. unfold plan_enter, part_of, mul_div_down.
  destruct (Z.eqb_spec units 0); [lia |].
  pose proof (down_bounds (amount * units) money Hm).
  pose proof (down_nonneg (amount * units) money ltac:(nia) Hm).
  set (bought := down (amount * units) money) in *.
  destruct (Z.eqb_spec (units + bought) 0); [lia |].
  pose proof (down_bounds (money * held) units Hu). set (before := down (money * held) units) in *.
  assert (Hheld : held * (money * bought) <= held * (amount * units))
    by (apply Z.mul_le_mono_nonneg_l; lia).
  split.
  - apply down_largest; [lia |]. apply Z.mul_le_mono_pos_r with units; [lia |].
    assert (units * before * (units + bought) <= money * held * (units + bought))
      by (apply Z.mul_le_mono_nonneg_r; lia).
    lia.
  - pose proof (down_bounds ((money + amount) * bought) (units + bought) ltac:(lia)) as B.
    set (value := down ((money + amount) * bought) (units + bought)) in *.
    apply Z.mul_le_mono_pos_l with (units + bought); lia.
Qed.
