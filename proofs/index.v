(** Amounts per share: the formula of crates/math/src/index.rs. *)

From Coq Require Import ZArith Lia List.
From Bulkhead Require Import rounding.
Open Scope Z_scope.

(** A value in Q64.64, and what the bucket holds beyond the claims, in units of [2^-64]. *)
Record Index := { value : Z; surplus : Z }.

Record AccrualPlan := { credited : Z; left : Z; next : Index }.

Definition plan_accrue (i : Index) (amount shares : Z) : AccrualPlan :=
  if shares =? 0 then {| credited := 0; left := amount; next := i |}
  else
    let per_share := down (amount * word) shares in
    let claims := per_share * shares in
    let credit := if claims <=? surplus i then 0 else up (claims - surplus i) word in
    {| credited := credit; left := amount - credit;
       next := {| value := value i + per_share; surplus := credit * word + surplus i - claims |} |}.

Definition is_index (i : Index) : Prop := 0 <= surplus i < word.

(** P1: what is credited to the holders' bucket covers what their shares have accrued, exactly, with
    a surplus that stays below one unit. It is never more than the amount. *)
Theorem plan_accrue_P1_the_bucket_covers_the_claims i amount shares :
  is_index i -> 0 <= amount -> 0 <= shares ->
  let p := plan_accrue i amount shares in
  credited p * word + surplus i = shares * (value (next p) - value i) + surplus (next p)
  /\ is_index (next p)
  /\ 0 <= credited p <= amount /\ credited p + left p = amount
  /\ value i <= value (next p).
Proof.
  unfold is_index, plan_accrue. intros Hi Ha Hs. cbv zeta.
  assert (Hw : 0 < word) by reflexivity. set (w := word) in *.
  destruct (Z.eqb_spec shares 0) as [-> |]; cbn [credited left next surplus value]; [lia |].
  pose proof (down_bounds (amount * w) shares ltac:(lia)).
  pose proof (down_nonneg (amount * w) shares ltac:(nia) ltac:(lia)).
  set (per_share := down (amount * w) shares) in *.
  set (claims := per_share * shares) in *.
  replace (shares * (value i + per_share - value i)) with claims by (subst claims; ring).
  assert (claims <= amount * w) by (subst claims; lia).
  assert (0 <= claims) by (subst claims; apply Z.mul_nonneg_nonneg; lia).
  clearbody claims. destruct (Z.leb_spec claims (surplus i)).
  - lia.
  - pose proof (up_bounds (claims - surplus i) w Hw).
    pose proof (up_nonneg (claims - surplus i) w ltac:(lia) Hw).
    assert (up (claims - surplus i) w <= amount) by (apply up_smallest; lia).
    set (credit := up (claims - surplus i) w) in *. lia.
Qed.

(** A history of amounts, each with the shares of its time: what is credited, what the shares
    accrue, and the index at the end. *)
Fixpoint history (i : Index) (accruals : list (Z * Z)) : Z * Z * Index :=
  match accruals with
  | nil => (0, 0, i)
  | cons (amount, shares) rest =>
      let p := plan_accrue i amount shares in
      let '(credits, claims, last) := history (next p) rest in
      (credited p + credits, shares * (value (next p) - value i) + claims, last)
  end.

(** P12: over any history, whatever comes in and however the number of shares changes in between,
    all credits are what all shares have accrued and a surplus of less than one unit. *)
Theorem plan_accrue_P12_a_history_covers_all_claims accruals :
  forall i, is_index i -> Forall (fun a => 0 <= fst a /\ 0 <= snd a) accruals ->
  let '(credits, claims, last) := history i accruals in
  credits * word + surplus i = claims + surplus last /\ is_index last.
Proof.
  induction accruals as [| [amount shares] rest IH]; intros i Hi Hall; cbn [history]; [split;
    [lia | assumption] |].
  inversion Hall as [| ? ? [Ha Hs] Hrest]; subst. cbn [fst snd] in *.
  destruct (plan_accrue_P1_the_bucket_covers_the_claims i amount shares Hi Ha Hs) as (E & Hn & _).
  specialize (IH _ Hn Hrest).
  destruct (history (next (plan_accrue i amount shares)) rest) as [[credits claims] last].
  destruct IH as [IH ?]. split; [lia | assumption].
Qed.
