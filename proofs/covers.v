(** Covers: the formulas of crates/math/src/covers.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding shares interval.
Open Scope Z_scope.

(** ** A draw *)

Record Purse := { first_loss : Z; left : Z; per_draw : Z; room : Z; coinsurance : Z }.

Record DrawPlan := { from_first_loss : Z; draw_owed : Z }.

Definition plan_draw (asked : Z) (p : Purse) : DrawPlan :=
  let first := Z.min asked (first_loss p) in
  let shared := mul_div_down (monus asked first) (one - coinsurance p) one in
  {| from_first_loss := first;
    draw_owed := Z.min (Z.min (Z.min shared (left p)) (per_draw p)) (room p) |}.

(** C1: a draw costs the fund no more than the cover may still draw, no more than the caps of a draw
    and of the period, and no more than the fund's part of what is asked beyond the first loss. The
    first loss pays before the fund does. *)
Theorem plan_draw_C1_stays_within_every_cap asked p :
  0 <= asked -> 0 <= first_loss p -> 0 <= left p -> 0 <= per_draw p -> 0 <= room p ->
  0 <= coinsurance p <= one ->
  let d := plan_draw asked p in
  0 <= draw_owed d <= left p /\ draw_owed d <= per_draw p /\ draw_owed d <= room p
  /\ 0 <= from_first_loss d <= first_loss p /\ from_first_loss d + draw_owed d <= asked
  /\ draw_owed d * one <= (asked - from_first_loss d) * (one - coinsurance p)
  /\ (0 < draw_owed d -> from_first_loss d = first_loss p).
Proof.
  unfold plan_draw, mul_div_down, monus, one. cbn [from_first_loss draw_owed]. intros.
  set (first := Z.min asked (first_loss p)). assert (0 <= first <= asked) by lia.
  rewrite Z.max_r by lia.
  pose proof (down_bounds ((asked - first) * (10000 - coinsurance p)) 10000 ltac:(lia)).
  pose proof (down_nonneg ((asked - first) * (10000 - coinsurance p)) 10000 ltac:(nia) ltac:(lia)).
  set (shared := down _ 10000) in *.
  assert (shared <= asked - first) by nia.
  set (owed := Z.min (Z.min (Z.min shared (left p)) (per_draw p)) (room p)).
  assert (0 <= owed <= shared /\ owed <= left p /\ owed <= per_draw p
  /\ owed <= room p) by (subst owed; lia).
  repeat split; lia.
Qed.

(** ** Headroom and equation 2 *)

(** One of the two largest exposures. *)
Record Exposed := { stress_loss : Z; contribution : Z }.

(** The money beyond the resources that an exposure needs; with no limit, more than there is. *)
Definition needed (e : Exposed) (limit : Z) : Z :=
  if 0 <? stress_loss e then mul_div_up (stress_loss e) one limit + contribution e else 0.

Definition headroom (resources : Z) (a b : Exposed) (limit : Z) : Z :=
  monus resources (Z.max (needed a limit) (needed b limit)).

(** Equation 2 of one exposure: its stress loss is within the cover limit's part of the others'
    resources, less what covers may still draw. *)
Definition is_covered (resources committed limit : Z) (e : Exposed) : Prop :=
  0 < stress_loss e -> stress_loss e * one <= limit * (resources - contribution e - committed).

(** C2: as long as covers may draw anything and somebody is exposed, what they may still draw is
    within the headroom exactly if equation 2 holds for both exposures. *)
Theorem headroom_C2_is_equation_2 resources committed limit a b :
  0 < limit <= one -> 0 <= resources -> 0 <= contribution a -> 0 <= contribution b -> 0 < committed ->
  (0 < stress_loss a \/ 0 < stress_loss b) ->
  committed <= headroom resources a b limit
  <-> is_covered resources committed limit a /\ is_covered resources committed limit b.
Proof.
  intros Hl Hr Ha Hb Hk Hs. unfold headroom, is_covered, needed, mul_div_up, monus.
  pose proof (up_bounds (stress_loss a * one) limit ltac:(lia)).
  pose proof (up_bounds (stress_loss b * one) limit ltac:(lia)).
  set (ua := up (stress_loss a * one) limit) in *. set (ub := up (stress_loss b * one) limit) in *.
  assert (Ea : stress_loss a * one <= limit * (resources - contribution a - committed)
               <-> ua <= resources - contribution a - committed) by nia.
  assert (Eb : stress_loss b * one <= limit * (resources - contribution b - committed)
               <-> ub <= resources - contribution b - committed) by nia.
  assert (0 < stress_loss a -> 0 <= ua) by (intros; apply up_nonneg; unfold one; lia).
  assert (0 < stress_loss b -> 0 <= ub) by (intros; apply up_nonneg; unfold one; lia).
  rewrite Ea, Eb. clear Ea Eb. clearbody ua ub.
  destruct (Z.ltb_spec 0 (stress_loss a)), (Z.ltb_spec 0 (stress_loss b)); lia.
Qed.

(** C2: under a cover limit of at most half, both largest stress losses and all covers in full fit
    into the fund together if covers may still draw no more than the headroom. *)
Theorem headroom_C2_both_largest_and_all_covers_fit resources committed limit a b :
  0 < limit -> 2 * limit <= one -> 0 <= resources -> 0 <= contribution a -> 0 <= contribution b ->
  0 < stress_loss a -> 0 < stress_loss b -> 0 < committed <= headroom resources a b limit ->
  stress_loss a + stress_loss b + committed <= resources.
Proof.
  intros. destruct (headroom_C2_is_equation_2 resources committed limit a b) as [H' _]; try lia.
  destruct H' as [Ha Hb]; [lia |]. unfold is_covered in *.
  specialize (Ha ltac:(assumption)). specialize (Hb ltac:(assumption)). unfold one in *. nia.
Qed.

(** ** A settlement *)

(** A unit of money stays for every [max_shares_per_unit] shares. *)
Definition contributions_spendable (b : Book) : Z :=
  if total_shares b =? 0 then 0 else monus (contributions b) (up (total_shares b) max_shares_per_unit).

Record Settling := { owed : Z; cover_owed : Z; backing : Z; treasury_free : Z; book : Book }.

Record SettlePlan := { from_treasury : Z; from_contributions : Z; lapses : Z; book_after : Book }.

Definition plan_settle (s : Settling) : SettlePlan :=
  let pay := mul_div_down (owed s) (Z.min (backing s) (cover_owed s)) (cover_owed s) in
  let first := Z.min pay (treasury_free s) in
  let second := Z.min (monus pay first) (contributions_spendable (book s)) in
  {| from_treasury := first; from_contributions := second; lapses := owed s - (first + second);
     book_after := {| contributions := contributions (book s) - second;
       total_shares := total_shares (book s) |} |}.

Definition paid (p : SettlePlan) : Z := from_treasury p + from_contributions p.

Definition is_settling (s : Settling) : Prop :=
  0 <= owed s <= cover_owed s /\ 0 < cover_owed s /\ 0 <= backing s /\ 0 <= treasury_free s
  /\ is_book (book s).

Lemma spendable_bounds b : is_book b -> 0 <= contributions_spendable b <= contributions b.
Proof.
  unfold is_book, contributions_spendable, monus. intros.
  pose proof (up_nonneg (total_shares b) max_shares_per_unit ltac:(lia) ltac:(reflexivity)).
  destruct (Z.eqb_spec (total_shares b) 0); lia.
Qed.

Lemma part_bounds s :
  is_settling s ->
  0 <= mul_div_down (owed s) (Z.min (backing s) (cover_owed s)) (cover_owed s) <=
      Z.min (owed s) (backing s).
Proof.
  unfold is_settling, mul_div_down. intros.
  set (there := Z.min (backing s) (cover_owed s)). assert (0 <= there <= cover_owed s) by lia.
  pose proof (down_bounds (owed s * there) (cover_owed s) ltac:(lia)).
  pose proof (down_nonneg (owed s * there) (cover_owed s) ltac:(nia) ltac:(lia)).
  set (part := down _ _) in *. assert (part <= owed s) by nia. assert (part <= there) by nia. lia.
Qed.

(** C3: a settlement pays or lets lapse what is owed, to the unit. The treasury pays first, no more
    than it has above its floor; contributions pay the rest, and no share is burned. *)
Theorem plan_settle_C3_is_conserved_and_in_order s :
  is_settling s ->
  let p := plan_settle s in
  paid p + lapses p = owed s /\ 0 <= lapses p /\ paid p <= backing s
  /\ 0 <= from_treasury p <= treasury_free s
  /\ 0 <= from_contributions p <= contributions (book s)
  /\ (0 < from_contributions p -> from_treasury p = treasury_free s)
  /\ contributions (book_after p) = contributions (book s) - from_contributions p
  /\ total_shares (book_after p) = total_shares (book s).
Proof.
  intros Hs. pose proof (part_bounds s Hs). unfold is_settling in Hs.
  pose proof (spendable_bounds (book s) ltac:(tauto)).
  unfold plan_settle, paid, monus.
  cbn [from_treasury from_contributions lapses book_after contributions total_shares].
  set (part := mul_div_down _ _ _) in *. lia.
Qed.

(** C3: no settlement ends a share epoch. *)
Theorem plan_settle_C3_ends_no_epoch s :
  is_settling s -> is_exhausted (book s) = false -> is_exhausted (book_after (plan_settle s)) = false.
Proof.
  intros Hs He. pose proof (part_bounds s Hs). unfold is_settling in Hs.
  destruct Hs as (_ & _ & _ & _ & Hb).
  unfold is_exhausted, plan_settle, monus in *. cbn [book_after contributions total_shares].
  set (part := mul_div_down _ _ _) in *. apply Z.ltb_ge in He. apply Z.ltb_ge.
  unfold contributions_spendable, monus. destruct (Z.eqb_spec (total_shares (book s)) 0).
  - unfold is_book in Hb. lia.
  - pose proof (up_bounds (total_shares (book s)) max_shares_per_unit ltac:(reflexivity)).
    unfold is_book in Hb. set (stays := up (total_shares (book s)) max_shares_per_unit) in *.
    set (c := contributions (book s)) in *. set (first := Z.min part (treasury_free s)).
    destruct (Z.le_gt_cases c stays).
    + rewrite (Z.max_l 0 (c - stays)) by lia. lia.
    + assert (stays <= c - Z.min (Z.max 0 (part - first)) (Z.max 0 (c - stays))) by lia.
      assert (0 < max_shares_per_unit) by reflexivity. nia.
Qed.

(** C3: with a backing that both buckets can pay together, a cover gets the part of what it is owed
    that all covers get, rounded down. *)
Theorem plan_settle_C3_pays_the_part_of_all_covers s :
  is_settling s -> backing s <= treasury_free s + contributions_spendable (book s) ->
  paid (plan_settle s) = mul_div_down (owed s) (Z.min (backing s) (cover_owed s)) (cover_owed s).
Proof.
  intros Hs Hb. pose proof (part_bounds s Hs). unfold is_settling in Hs.
  pose proof (spendable_bounds (book s) ltac:(tauto)). unfold plan_settle, paid, monus.
  cbn [from_treasury from_contributions]. set (part := mul_div_down _ _ _) in *. lia.
Qed.

(** C2: a settlement lowers resources and commitments alike, and equation 2 survives it: what was
    within the headroom is within what is left of it, if the two largest exposures are the same
    before and after. *)
Theorem plan_settle_C2_keeps_equation_2 s resources committed limit a b :
  is_settling s -> backing s <= headroom resources a b limit ->
  owed s <= committed <= headroom resources a b limit ->
  let p := plan_settle s in
  headroom (resources - paid p) a b limit = headroom resources a b limit - paid p
  /\ committed - paid p <= headroom (resources - paid p) a b limit
  /\ 0 <= committed - paid p.
Proof.
  intros Hs Hb Hk. cbv zeta.
  destruct (plan_settle_C3_is_conserved_and_in_order s Hs) as (? & ? & ? & ? & ? & _).
  set (p := plan_settle s) in *. assert (0 <= paid p) by (unfold paid; lia).
  assert (paid p <= owed s) by lia.
  unfold headroom, monus in *. set (most := Z.max (needed a limit) (needed b limit)) in *. lia.
Qed.

(** ** All covers, one after the other *)

(** The payments of [plan_settle] to covers that are owed these amounts, in this order. [room] is
    the headroom: it falls by what is paid ([plan_settle_C2_keeps_equation_2]). The program computes
    what is there for covers as here. *)
Fixpoint settle_all (room free : Z) (b : Book) (debts : list Z) : list Z :=
  match debts with
  | nil => nil
  | cons debt rest =>
      let p := plan_settle
        {| owed := debt; cover_owed := sum (debt :: rest); treasury_free := free; book := b;
           backing := Z.min room (free + contributions_spendable b) |} in
      paid p :: settle_all (room - paid p) (free - from_treasury p) (book_after p) rest
  end.

(** The same in one number: what is there falls by what is paid. *)
Fixpoint settlements (there : Z) (debts : list Z) : list Z :=
  match debts with
  | nil => nil
  | cons debt rest =>
      let all := sum (debt :: rest) in
      let pay := mul_div_down debt (Z.min there all) all in
      pay :: settlements (there - pay) rest
  end.

(** A payment is less than a unit below the cover's part of what was there for all at first, and at
    most [units] above. *)
Definition is_fair (there all units debt pay : Z) : Prop :=
  debt * there - all < pay * all <= debt * there + units * all.

Lemma one_settlement there0 all0 debt tail there :
  0 <= there0 -> 0 < all0 -> 0 < debt -> 0 <= tail -> 0 <= there <= debt + tail ->
  0 <= there * all0 - there0 * (debt + tail) ->
  let pay := mul_div_down debt there (debt + tail) in
  let gap := there * all0 - there0 * (debt + tail) in
  debt * there0 - all0 < pay * all0 <= debt * there0 + gap /\ 0 <= there - pay <= tail.
Proof.
  unfold mul_div_down. cbv zeta. intros. set (all := debt + tail) in *.
  pose proof (down_bounds (debt * there) all ltac:(lia)).
  set (pay := down (debt * there) all) in *. set (gap := there * all0 - there0 * all) in *.
  assert (E : debt * there * all0 = debt * gap + debt * there0 * all) by (subst gap; ring).
  assert (Hlow : all * pay * all0 <= debt * there * all0) by (apply Z.mul_le_mono_nonneg_r; lia).
  assert (Hhigh : debt * there * all0 < (all * pay + all) * all0) by (apply Z.mul_lt_mono_pos_r; lia).
  assert (0 <= debt * gap <= all * gap).
  { split; [apply Z.mul_nonneg_nonneg | apply Z.mul_le_mono_nonneg_r]; lia. }
  split.
  - split; apply Z.mul_lt_mono_pos_l with all || apply Z.mul_le_mono_pos_l with all; lia.
  - assert (debt * there <= all * there) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert (tail * there <= tail * all) by (apply Z.mul_le_mono_nonneg_l; lia).
    split.
    + apply Z.mul_le_mono_pos_l with all; lia.
    + enough (there - pay < tail + 1) by lia. apply Z.mul_lt_mono_pos_l with all; [lia |].
      replace (all * (there - pay)) with (debt * there + tail * there - all * pay) by (subst all; ring).
      lia.
Qed.

Lemma settlements_are_fair debts :
  forall there0 all0 before there,
  0 <= there0 -> 0 < all0 -> Forall (fun debt => 0 < debt) debts ->
  0 <= there <= sum debts -> 0 <= there * all0 - there0 * sum debts <= before * all0 ->
  Forall2 (is_fair there0 all0 (before + Z.of_nat (length debts) - 1)) debts (settlements there debts).
Proof.
  induction debts as [| debt rest IH]; intros there0 all0 before there H0 Hall Hpos Hthere Hgap;
    cbn [settlements]; [constructor |].
  inversion Hpos as [| ? ? Hdebt Hrest]; subst.
  assert (Hs : 0 <= sum rest).
  { clear - Hrest. induction Hrest; cbn in *; unfold sum in *; lia. }
  change (sum (debt :: rest)) with (debt + sum rest) in *.
  rewrite Z.min_l by lia.
  destruct (one_settlement there0 all0 debt (sum rest) there) as [Hpay Hleft]; try lia.
  set (pay := mul_div_down debt there (debt + sum rest)) in *.
  constructor.
  - unfold is_fair. cbn [length]. nia.
  - replace (before + Z.of_nat (length (debt :: rest)) - 1) with (before + 1 + Z.of_nat (length rest) - 1)
      by (cbn [length]; lia).
    apply IH; auto; lia.
Qed.

Lemma sum_is_positive l : Forall (fun n => 0 < n) l -> 0 <= sum l.
Proof. induction 1; cbn [sum fold_right] in *; unfold sum in *; lia. Qed.

Lemma settle_all_in_one_number debts :
  forall room free b, Forall (fun debt => 0 < debt) debts -> 0 <= room -> 0 <= free -> is_book b ->
  settle_all room free b debts = settlements (Z.min room (free + contributions_spendable b)) debts.
Proof.
  induction debts as [| debt rest IH]; intros room free b Hpos Hroom Hfree Hb;
    cbn [settle_all settlements]; [reflexivity |].
  inversion Hpos as [| ? ? Hdebt Hrest]; subst. pose proof (sum_is_positive rest Hrest).
  change (sum (debt :: rest)) with (debt + sum rest) in *.
  pose proof (spendable_bounds b Hb). set (there := Z.min room (free + contributions_spendable b)).
  set (s := {| owed := debt; cover_owed := debt + sum rest; backing := there; treasury_free := free;
    book := b |}).
  assert (Hs : is_settling s).
  { unfold is_settling. subst s. cbn [owed cover_owed backing treasury_free book].
    repeat split; try lia; apply Hb. }
  pose proof (plan_settle_C3_pays_the_part_of_all_covers s Hs ltac:(cbn [backing treasury_free book s];
    lia)) as Epaid.
  destruct (plan_settle_C3_is_conserved_and_in_order s Hs) as (_ & _ & Hpaid & Ht & Hc & _ & Ec & Es).
  assert (Hspend : from_contributions (plan_settle s) <= contributions_spendable b).
  { unfold plan_settle. cbn [from_contributions]. subst s. cbn [book]. lia. }
  cbn [owed cover_owed backing treasury_free book s] in Epaid, Hpaid, Ht, Hc, Ec, Es.
  set (p := plan_settle s) in *. rewrite <- Epaid. f_equal.
  assert (Hb' : is_book (book_after p)) by (unfold is_book in *; lia).
  assert (E : contributions_spendable (book_after p) = contributions_spendable b - from_contributions p).
  { unfold contributions_spendable, monus in *. rewrite Es, Ec.
    destruct (Z.eqb_spec (total_shares b) 0); lia. }
  unfold paid in *. rewrite IH; try assumption; try lia. f_equal. rewrite E. subst there. lia.
Qed.

(** C3: if there is less than all covers are owed, each of [n] covers gets the same part of it, in
    any order: less than a unit below that part, and at most [n - 1] units above. The treasury's
    floor must not move in between, nor the two largest exposures. *)
Theorem plan_settle_C3_every_cover_gets_the_same_part room free b debts :
  Forall (fun debt => 0 < debt) debts -> 0 <= room -> 0 <= free -> is_book b ->
  let there := Z.min room (free + contributions_spendable b) in
  there <= sum debts ->
  Forall2 (is_fair there (sum debts) (Z.of_nat (length debts) - 1)) debts (settle_all room free b debts).
Proof.
  intros Hpos Hroom Hfree Hb. cbv zeta. intros Hthere. rewrite settle_all_in_one_number by assumption.
  pose proof (spendable_bounds b Hb). destruct debts as [| debt rest]; [constructor |].
  assert (0 < sum (debt :: rest)).
  { inversion Hpos as [| ? ? Hdebt Hrest]; subst. pose proof (sum_is_positive rest Hrest).
    change (sum (debt :: rest)) with (debt + sum rest). lia. }
  replace (Z.of_nat (length (debt :: rest)) - 1) with (0 + Z.of_nat (length (debt :: rest)) - 1) by lia.
  apply settlements_are_fair; auto; lia.
Qed.

Lemma enough_pays_in_full debts :
  forall there, Forall (fun debt => 0 < debt) debts -> sum debts <= there ->
  settlements there debts = debts.
Proof.
  induction debts as [| debt rest IH]; intros there Hpos Hthere; cbn [settlements]; [reflexivity |].
  inversion Hpos as [| ? ? Hdebt Hrest]; subst. pose proof (sum_is_positive rest Hrest).
  change (sum (debt :: rest)) with (debt + sum rest) in *. rewrite Z.min_r by lia.
  assert (E : mul_div_down debt (debt + sum rest) (debt + sum rest) = debt)
    by (unfold mul_div_down; apply down_is; lia).
  rewrite E. f_equal. apply IH; [assumption | lia].
Qed.

(** C3: if there is enough, every cover is paid in full. *)
Theorem plan_settle_C3_enough_pays_in_full room free b debts :
  Forall (fun debt => 0 < debt) debts -> 0 <= room -> 0 <= free -> is_book b ->
  sum debts <= Z.min room (free + contributions_spendable b) ->
  settle_all room free b debts = debts.
Proof. intros. rewrite settle_all_in_one_number by assumption. apply enough_pays_in_full; assumption. Qed.
