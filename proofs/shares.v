(** Shares of the default fund: the formulas of crates/math/src/shares.rs.

    The price of a share is [(C + 1) / (T + V)]. Two prices are compared by their products across,
    so that no theorem below needs a fraction. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

(** [VIRTUAL_SHARES]: shares that nobody owns. *)
Definition V : Z := 2 ^ 20.

Lemma V_is_positive : 0 < V.
Proof. reflexivity. Qed.

(** No proof below depends on how many there are. *)
Global Opaque V.

(** [MAX_SHARES_PER_UNIT_LOG2], as a number of shares. *)
Definition max_shares_per_unit : Z := 2 ^ 40.

Record Book := { contributions : Z; total_shares : Z }.

Definition is_book (b : Book) : Prop := 0 <= contributions b /\ 0 <= total_shares b.

(** Shares and money of a plan, and the book afterwards. *)
Record Plan := { shares : Z; amount : Z; next : Book }.

Definition plan_mint (b : Book) (a : Z) : Plan :=
  let minted := mul_div_down a (total_shares b + V) (contributions b + 1) in
  {| shares := minted; amount := a;
     next := {| contributions := contributions b + a; total_shares := total_shares b + minted |} |}.

Definition value_of (b : Book) (s : Z) : Z :=
  mul_div_down (contributions b + 1) s (total_shares b + V).

Definition plan_redeem (b : Book) (s : Z) : Plan :=
  let left := total_shares b - s in
  let most := if left =? 0 then contributions b else monus (contributions b) 1 in
  let paid := Z.min (value_of b s) most in
  {| shares := s; amount := paid;
     next := {| contributions := contributions b - paid; total_shares := left |} |}.

Definition plan_seize (b : Book) (s a : Z) : Plan :=
  let burned := Z.min (mul_div_up a (total_shares b + V) (contributions b + 1)) s in
  {| shares := burned; amount := a;
     next := {| contributions := contributions b - a; total_shares := total_shares b - burned |} |}.

Definition plan_take (b : Book) (s a : Z) : Plan :=
  let all := plan_redeem b s in
  if a <? amount all then plan_seize b s a else all.

Definition is_exhausted (b : Book) : bool :=
  contributions b * max_shares_per_unit <? total_shares b.

(** A share of [after] is worth at least as much as one of [before]. *)
Definition price_holds (before after : Book) : Prop :=
  (contributions before + 1) * (total_shares after + V)
  <= (contributions after + 1) * (total_shares before + V).

Lemma price_holds_trans a b c :
  is_book a -> is_book b -> is_book c -> price_holds a b -> price_holds b c -> price_holds a c.
Proof.
  unfold price_holds, is_book. pose proof V_is_positive. intros.
  destruct a as [ca ta], b as [cb tb], c as [cc tc]; cbn in *.
  apply Z.mul_le_mono_pos_r with ((cb + 1) * (tb + V)); [apply Z.mul_pos_pos; lia |].
  replace ((ca + 1) * (tc + V) * ((cb + 1) * (tb + V)))
    with ((ca + 1) * (tb + V) * ((cb + 1) * (tc + V))) by ring.
  replace ((cc + 1) * (ta + V) * ((cb + 1) * (tb + V)))
    with ((cb + 1) * (ta + V) * ((cc + 1) * (tb + V))) by ring.
  apply Z.mul_le_mono_nonneg; auto; apply Z.mul_nonneg_nonneg; lia.
Qed.

(** ** One member comes or goes *)

(** P4: a contribution never lowers the price of a share. *)
Theorem plan_mint_P4_the_share_price_never_falls b a :
  is_book b -> 0 <= a ->
  is_book (next (plan_mint b a)) /\ 0 <= shares (plan_mint b a) /\ price_holds b (next (plan_mint b a)).
Proof.
  unfold is_book, price_holds, plan_mint, mul_div_down. pose proof V_is_positive.
  destruct b as [c t]; cbn. intros.
  pose proof (down_bounds (a * (t + V)) (c + 1)). pose proof (down_nonneg (a * (t + V)) (c + 1)).
  repeat split; nia.
Qed.

(** P4: a newcomer gets what its money buys at the price of a share, to less than one share: with
    one more, the others would lose. *)
Theorem plan_mint_P4_is_within_a_share b a :
  is_book b -> 0 <= a ->
  (contributions b + 1) * shares (plan_mint b a) <= a * (total_shares b + V)
  < (contributions b + 1) * (shares (plan_mint b a) + 1).
Proof.
  unfold is_book, plan_mint, mul_div_down. destruct b as [c t]; cbn. intros.
  pose proof (down_bounds (a * (t + V)) (c + 1)). lia.
Qed.

(** P4: a redemption never lowers the price of the shares that stay. *)
Theorem plan_redeem_P4_the_share_price_never_falls b s :
  is_book b -> 0 <= s <= total_shares b ->
  is_book (next (plan_redeem b s)) /\ 0 <= amount (plan_redeem b s)
  /\ price_holds b (next (plan_redeem b s)).
Proof.
  unfold is_book, price_holds, plan_redeem, value_of, mul_div_down, monus. pose proof V_is_positive.
  destruct b as [c t]; cbn. intros.
  pose proof (down_bounds ((c + 1) * s) (t + V)). pose proof (down_nonneg ((c + 1) * s) (t + V)).
  set (v := down ((c + 1) * s) (t + V)) in *.
  assert (Z.min v (if t - s =? 0 then c else Z.max 0 (c - 1)) <= v) by lia.
  destruct (t - s =? 0); repeat split; nia.
Qed.

(** P1: a redemption pays at most what is there, and at most what the shares are worth. While shares
    stay and there is money, a unit of it stays. *)
Theorem plan_redeem_P1_never_overdraws b s :
  is_book b -> 0 <= s <= total_shares b ->
  amount (plan_redeem b s) <= contributions b
  /\ (total_shares b + V) * amount (plan_redeem b s) <= s * (contributions b + 1)
  /\ (s < total_shares b -> 0 < contributions b -> 0 < contributions (next (plan_redeem b s))).
Proof.
  unfold is_book, plan_redeem, value_of, mul_div_down, monus. pose proof V_is_positive.
  destruct b as [c t]; cbn. intros.
  pose proof (down_bounds ((c + 1) * s) (t + V)).
  set (v := down ((c + 1) * s) (t + V)) in *.
  destruct (Z.eqb_spec (t - s) 0); repeat split; nia.
Qed.

(** P1: shares that are bought and sold again at once never bring more than they cost. *)
Theorem plan_redeem_P1_a_round_trip_gains_nothing b a :
  is_book b -> 0 <= a ->
  amount (plan_redeem (next (plan_mint b a)) (shares (plan_mint b a))) <= a.
Proof.
  unfold is_book, plan_redeem, plan_mint, value_of, mul_div_down. pose proof V_is_positive.
  destruct b as [c t]; cbn. intros.
  pose proof (down_bounds (a * (t + V)) (c + 1)). pose proof (down_nonneg (a * (t + V)) (c + 1)).
  set (m := down (a * (t + V)) (c + 1)) in *.
  enough (down ((c + a + 1) * m) (t + m + V) <= a) by lia.
  pose proof (down_bounds ((c + a + 1) * m) (t + m + V)). nia.
Qed.

(** P4: what is taken out of one holder's shares, up to their worth, never lowers the price of the
    others, and burns no more shares than the holder has. *)
Theorem plan_seize_P4_the_share_price_never_falls b s a :
  is_book b -> 0 <= s <= total_shares b -> 0 <= a <= contributions b -> a <= value_of b s ->
  is_book (next (plan_seize b s a)) /\ 0 <= shares (plan_seize b s a) <= s
  /\ price_holds b (next (plan_seize b s a)).
Proof.
  unfold is_book, price_holds, plan_seize, value_of, mul_div_down, mul_div_up.
  pose proof V_is_positive.
  destruct b as [c t]; cbn. intros.
  pose proof (down_bounds ((c + 1) * s) (t + V)).
  pose proof (up_bounds (a * (t + V)) (c + 1)). pose proof (up_nonneg (a * (t + V)) (c + 1)).
  pose proof (up_smallest (a * (t + V)) (c + 1) s).
  rewrite Z.min_l by nia. repeat split; nia.
Qed.

(** ** Everybody comes and goes *)

(** A step of somebody else. *)
Inductive Step :=
| Mint (a : Z)
| Redeem (s : Z)
| Take (s a : Z).

Definition after (b : Book) (step : Step) : Book :=
  match step with
  | Mint a => next (plan_mint b a)
  | Redeem s => next (plan_redeem b s)
  | Take s a => next (plan_take b s a)
  end.

Fixpoint history (b : Book) (steps : list Step) : Book :=
  match steps with
  | nil => b
  | cons step rest => history (after b step) rest
  end.

(** The numbers of a step: money is not negative, and shares are there. *)
Definition is_step (b : Book) (step : Step) : Prop :=
  match step with
  | Mint a => 0 <= a
  | Redeem s => 0 <= s <= total_shares b
  | Take s a => 0 <= s <= total_shares b /\ 0 <= a
  end.

Fixpoint are_steps (b : Book) (steps : list Step) : Prop :=
  match steps with
  | nil => True
  | cons step rest => is_step b step /\ are_steps (after b step) rest
  end.

(** P4: what is taken out of one holder's shares never lowers the price of the others, whatever is
    asked. *)
Theorem plan_take_P4_the_share_price_never_falls b s a :
  is_book b -> 0 <= s <= total_shares b -> 0 <= a ->
  is_book (next (plan_take b s a)) /\ price_holds b (next (plan_take b s a)).
Proof.
  intros Hb Hs Ha. unfold plan_take.
  destruct (Z.ltb_spec a (amount (plan_redeem b s))).
  - destruct (plan_redeem_P1_never_overdraws b s Hb Hs) as [? _].
    destruct (plan_seize_P4_the_share_price_never_falls b s a) as (? & _ & ?); auto; [lia |].
    cbn in *. lia.
  - destruct (plan_redeem_P4_the_share_price_never_falls b s Hb Hs) as (? & _ & ?). auto.
Qed.

Lemma price_holds_after b step :
  is_book b -> is_step b step -> is_book (after b step) /\ price_holds b (after b step).
Proof.
  destruct step; cbn [is_step after]; intros Hb Hs.
  - destruct (plan_mint_P4_the_share_price_never_falls b a Hb Hs) as (? & _ & ?). auto.
  - destruct (plan_redeem_P4_the_share_price_never_falls b s Hb Hs) as (? & _ & ?). auto.
  - destruct Hs. apply plan_take_P4_the_share_price_never_falls; auto.
Qed.

Lemma price_holds_over_a_history steps :
  forall b, is_book b -> are_steps b steps ->
  is_book (history b steps) /\ price_holds b (history b steps).
Proof.
  induction steps as [| step rest IH]; intros b Hb Hs; cbn in *.
  - split; [assumption | unfold price_holds; lia].
  - destruct Hs as [Hstep Hrest].
    destruct (price_holds_after b step Hb Hstep) as [Hnext Hprice].
    destruct (IH _ Hnext Hrest) as [Hlast Hmore]. split; [assumption |].
    exact (price_holds_trans _ _ _ Hb Hnext Hlast Hprice Hmore).
Qed.

(** P4: over any history of contributions, redemptions and seizures by others, whatever their sizes
    and order, the value of a member's shares never falls, not by a unit. Losses are not part of
    such a history: see [value_of_P4_a_haircut_is_pro_rata]. *)
Theorem value_of_P4_never_falls_by_those_who_come_and_go b steps s :
  is_book b -> are_steps b steps -> 0 <= s -> value_of b s <= value_of (history b steps) s.
Proof.
  intros Hb Hs Hpos. destruct (price_holds_over_a_history steps b Hb Hs) as [Hlast Hprice].
  unfold value_of, mul_div_down, is_book, price_holds in *. pose proof V_is_positive.
  destruct b as [c t], (history _ steps) as [c' t']; cbn in *.
  apply down_largest; [lia |]. pose proof (down_bounds ((c + 1) * s) (t + V)).
  set (v := down ((c + 1) * s) (t + V)) in *.
  apply Z.mul_le_mono_pos_r with (t + V); [lia |]. nia.
Qed.

(** P4: a loss that takes money and leaves the shares cuts every holder by the same fraction, less
    than one unit apart: [v' / v] is [(C' + 1) / (C + 1)] for every number of shares. *)
Theorem value_of_P4_a_haircut_is_pro_rata c c' t s :
  0 <= c' <= c -> 0 <= t -> 0 <= s ->
  let v := value_of {| contributions := c; total_shares := t |} s in
  let v' := value_of {| contributions := c'; total_shares := t |} s in
  Z.abs (v' * (c + 1) - v * (c' + 1)) < c + 1.
Proof.
  intros. unfold value_of, mul_div_down in v, v'. cbn in v, v'. pose proof V_is_positive.
  pose proof (down_bounds ((c + 1) * s) (t + V)) as B.
  pose proof (down_bounds ((c' + 1) * s) (t + V)) as B'.
  fold v in B. fold v' in B'. set (d := t + V) in *.
  apply Z.abs_lt. split.
  - apply Z.mul_lt_mono_pos_r with d; nia.
  - apply Z.mul_lt_mono_pos_r with d; nia.
Qed.

(** P1: the holders' values together never exceed the contributions, whoever holds the shares. *)
Theorem value_of_P1_all_holders_fit b holders :
  is_book b -> sum holders <= total_shares b ->
  sum (map (value_of b) holders) <= contributions b.
Proof.
  unfold is_book. pose proof V_is_positive. destruct b as [c t]; cbn. intros.
  assert (Hf : sum (map (value_of {| contributions := c; total_shares := t |}) holders)
             = sum (map (fun n => down n (t + V)) (map (fun n => n * (c + 1)) holders))).
  { rewrite map_map. f_equal. apply map_ext. intros. unfold value_of, mul_div_down. cbn. f_equal. lia. }
  rewrite Hf.
  pose proof (sum_of_floors (t + V) (map (fun n => n * (c + 1)) holders) ltac:(lia)) as [Hs _].
  rewrite sum_scaled in Hs. set (all := sum (map _ (map _ holders))) in *.
  assert (sum holders * (c + 1) <= t * (c + 1)) by (apply Z.mul_le_mono_nonneg_r; lia).
  enough (all < c + 1) by lia. apply Z.mul_lt_mono_pos_l with (t + V); lia.
Qed.
