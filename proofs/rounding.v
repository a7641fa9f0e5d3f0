(** Division with a spoken direction: the formulas of crates/math/src/rounding.rs. *)

From Coq Require Import ZArith Lia List.
Import ListNotations.
Open Scope Z_scope.

(** Rounded towards zero, of a numerator that is not negative. *)
Definition down (n d : Z) : Z := n / d.

(** Rounded away from zero, of a numerator that is not negative. *)
Definition up (n d : Z) : Z := - (- n / d).

(** The difference, or zero where it would be negative: [saturating_sub]. *)
Definition monus (a b : Z) : Z := Z.max 0 (a - b).

(** [mul_div] and [mul_div_wide] differ in the width of their words alone. *)
Definition mul_div_down (a b d : Z) : Z := down (a * b) d.
Definition mul_div_up (a b d : Z) : Z := up (a * b) d.

(** ** How the two roundings are used in proofs *)

Lemma down_bounds n d : 0 < d -> d * down n d <= n < d * down n d + d.
Proof.
  intros. unfold down. pose proof (Z.div_mod n d). pose proof (Z.mod_pos_bound n d). lia.
Qed.

Lemma up_bounds n d : 0 < d -> d * up n d - d < n <= d * up n d.
Proof.
  intros. unfold up. pose proof (Z.div_mod (- n) d). pose proof (Z.mod_pos_bound (- n) d). nia.
Qed.

Lemma down_is n d q : d * q <= n < d * q + d -> down n d = q.
Proof. intros. unfold down. symmetry. apply Z.div_unique with (n - d * q); lia. Qed.

Lemma up_is n d q : d * q - d < n <= d * q -> up n d = q.
Proof.
  intros. unfold up. enough (- n / d = - q) by lia.
  symmetry. apply Z.div_unique with (d * q - n); lia.
Qed.

Lemma down_nonneg n d : 0 <= n -> 0 < d -> 0 <= down n d.
Proof. intros. pose proof (down_bounds n d). nia. Qed.

Lemma up_nonneg n d : 0 <= n -> 0 < d -> 0 <= up n d.
Proof. intros. pose proof (up_bounds n d). nia. Qed.

Lemma down_le n m d : n <= m -> 0 < d -> down n d <= down m d.
Proof. intros. unfold down. apply Z.div_le_mono; lia. Qed.

Lemma up_le n m d : n <= m -> 0 < d -> up n d <= up m d.
Proof. intros. unfold up. pose proof (Z.div_le_mono (- m) (- n) d). lia. Qed.

(** A quotient that is rounded down is the largest whole number below the exact one. *)
Lemma down_largest n d q : 0 < d -> d * q <= n -> q <= down n d.
Proof. intros. pose proof (down_bounds n d). nia. Qed.

(** A quotient that is rounded up is the smallest whole number above the exact one. *)
Lemma up_smallest n d q : 0 < d -> n <= d * q -> up n d <= q.
Proof. intros. pose proof (up_bounds n d). nia. Qed.

(** ** Sums of parts *)

Definition sum (l : list Z) : Z := fold_right Z.add 0 l.

Lemma sum_of_floors d (l : list Z) :
  0 < d ->
  d * sum (map (fun n => down n d) l) <= sum l
  /\ sum l <= d * sum (map (fun n => down n d) l) + (d - 1) * Z.of_nat (length l).
Proof.
  intros Hd. induction l as [| n l IH]; cbn [sum map fold_right length] in *; [lia |].
  pose proof (down_bounds n d Hd). unfold sum in *. nia.
Qed.

Lemma sum_of_ceilings d (l : list Z) :
  0 < d ->
  sum l <= d * sum (map (fun n => up n d) l)
  /\ d * sum (map (fun n => up n d) l) <= sum l + (d - 1) * Z.of_nat (length l).
Proof.
  intros Hd. induction l as [| n l IH]; cbn [sum map fold_right length] in *; [lia |].
  pose proof (up_bounds n d Hd). unfold sum in *. nia.
Qed.

Lemma sum_scaled a (l : list Z) : sum (map (fun n => n * a) l) = sum l * a.
Proof. induction l as [| n l IH]; cbn [sum map fold_right] in *; unfold sum in *; lia. Qed.

(** ** The functions *)

(** P4: a quotient is less than one unit away from the exact one, below it when it is rounded down
    and above it when it is rounded up. *)
Theorem mul_div_P4_is_within_a_unit a b d :
  0 < d ->
  d * mul_div_down a b d <= a * b < d * (mul_div_down a b d + 1)
  /\ d * (mul_div_up a b d - 1) < a * b <= d * mul_div_up a b d.
Proof.
  intros. unfold mul_div_down, mul_div_up.
  pose proof (down_bounds (a * b) d). pose proof (up_bounds (a * b) d). lia.
Qed.

(** [mul_ratio] divides the amount first, so that no product leaves a word. *)
Definition mul_ratio_down (amount n d : Z) : Z := amount / d * n + down (amount mod d * n) d.
Definition mul_ratio_up (amount n d : Z) : Z := amount / d * n + up (amount mod d * n) d.

(** P8: the ends of the intervals lose nothing because the amount is divided before it is
    multiplied. *)
Theorem mul_ratio_P8_is_exact_before_the_rounding amount n d :
  0 < d ->
  mul_ratio_down amount n d = down (amount * n) d /\ mul_ratio_up amount n d = up (amount * n) d.
Proof.
  intros Hd. unfold mul_ratio_down, mul_ratio_up.
  pose proof (Z.div_mod amount d ltac:(lia)) as E.
  set (q := amount / d) in *. set (r := amount mod d) in *. split; symmetry.
  - apply down_is. pose proof (down_bounds (r * n) d Hd). nia.
  - apply up_is. pose proof (up_bounds (r * n) d Hd). nia.
Qed.

(** Words of 64 bits, and their halves. *)
Definition half : Z := 2 ^ 32.
Definition word : Z := 2 ^ 64.

Definition widening_mul (a b : Z) : Z :=
  let low := a mod half * (b mod half) in
  let middle := a / half * (b mod half) + low / half in
  let other := a mod half * (b / half) + middle mod half in
  let high := a / half * (b / half) + middle / half + other / half in
  high * word + (other * half mod word + low mod half).

Section Halves.
  Variable h : Z.
  Hypothesis h_pos : 0 < h.

  Lemma digits x : 0 <= x -> x = h * (x / h) + x mod h /\ 0 <= x mod h < h /\ 0 <= x / h.
  Proof.
    intros. repeat split.
    - apply Z.div_mod. lia.
    - apply Z.mod_pos_bound. lia.
    - apply Z.mod_pos_bound. lia.
    - apply Z.div_pos; lia.
  Qed.

  Lemma quotient_is_half x : x < h * h -> x / h < h.
  Proof. intros. apply Z.div_lt_upper_bound; lia. Qed.

  Lemma partial_product x y carry :
    0 <= x < h -> 0 <= y < h -> 0 <= carry < h -> 0 <= x * y + carry < h * h.
  Proof.
    intros. assert (x * y <= (h - 1) * (h - 1)) by (apply Z.mul_le_mono_nonneg; lia).
    assert (0 <= x * y) by (apply Z.mul_nonneg_nonneg; lia). lia.
  Qed.
End Halves.

(** P3: the product by halves is the product, and no sum on the way leaves its word. *)
Theorem widening_mul_P3_is_the_product a b :
  0 <= a < word -> 0 <= b < word ->
  widening_mul a b = a * b
  /\ (let low := a mod half * (b mod half) in
      let middle := a / half * (b mod half) + low / half in
      let other := a mod half * (b / half) + middle mod half in
      low < word /\ middle < word /\ other < word
      /\ a / half * (b / half) + middle / half + other / half < word).
Proof.
  intros Ha Hb. unfold widening_mul. cbv zeta.
  change word with (half * half) in *. assert (Hh : 0 < half) by reflexivity.
  generalize dependent half. intros h Ha Hb Hh.
  destruct (digits h Hh a) as (Ea & Bal & Bah); [lia |].
  destruct (digits h Hh b) as (Eb & Bbl & Bbh); [lia |].
  pose proof (quotient_is_half h Hh a ltac:(lia)). pose proof (quotient_is_half h Hh b ltac:(lia)).
  set (ah := a / h) in *. set (al := a mod h) in *. set (bh := b / h) in *. set (bl := b mod h) in *.
  pose proof (partial_product h al bl 0 Bal Bbl ltac:(lia)) as Blow. rewrite Z.add_0_r in Blow.
  set (low := al * bl) in *.
  destruct (digits h Hh low) as (Elow & Blr & Blq); [lia |].
  pose proof (quotient_is_half h Hh low ltac:(lia)).
  set (lq := low / h) in *. set (lr := low mod h) in *.
  pose proof (partial_product h ah bl lq ltac:(lia) Bbl ltac:(lia)) as Bmiddle.
  set (middle := ah * bl + lq) in *.
  destruct (digits h Hh middle) as (Emiddle & Bmr & Bmq); [lia |].
  set (mq := middle / h) in *. set (mr := middle mod h) in *.
  pose proof (partial_product h al bh mr Bal ltac:(lia) ltac:(lia)) as Bother.
  set (other := al * bh + mr) in *.
  destruct (digits h Hh other) as (Eother & Bor & Boq); [lia |].
  set (oq := other / h) in *. set (rest := other mod h) in *.
  assert (E : other * h mod (h * h) = rest * h).
  { rewrite Z.mul_mod_distr_r by lia. reflexivity. }
  assert (P : a * b = (ah * bh + mq + oq) * (h * h) + (rest * h + lr)).
  { rewrite Ea, Eb.
    transitivity (ah * bh * (h * h) + (middle - lq) * h + (other - mr) * h + low);
      [subst middle other low; ring |].
    rewrite Emiddle at 1. rewrite Eother at 1. rewrite Elow at 1. ring. }
  rewrite E. split; [lia |]. repeat split; [lia | lia | lia |].
  assert (Most : a * b < h * h * (h * h)) by (apply Z.mul_lt_mono_nonneg; lia).
  assert (Rest : 0 <= rest * h) by (apply Z.mul_nonneg_nonneg; lia).
  apply Z.mul_lt_mono_pos_r with (h * h); [apply Z.mul_pos_pos; lia |].
  apply Z.le_lt_trans with (a * b); [| exact Most].
  rewrite P. clear - Rest Blr. lia.
Qed.

(** ** Long division *)

(** [left], the rest of the leading word, and the comparison with which the digit is corrected. *)
Definition is_too_large (digit d_high d_low top low : Z) : bool :=
  ((top - digit * d_high <? word) && ((top - digit * d_high) * word + low <? digit * d_low))%bool.

Definition corrected (digit d_high d_low top low : Z) : Z :=
  if is_too_large digit d_high d_low top low then digit - 1 else digit.

(** The second digit of [long_div], for a divisor of two words whose highest bit is set. The loop of
    the program runs twice at most: here it is written out. *)
Definition second_digit (top low d : Z) : Z :=
  let d_high := d / word in
  let d_low := d mod word in
  let digit := Z.min (top / d_high) (word - 1) in
  corrected (corrected digit d_high d_low top low) d_high d_low top low.

Definition long_div (high low d : Z) : Z :=
  let first := high / d in
  let rest := high mod d in
  if d <? word then first * word + (rest * word + low) / d
  else
    let shift := 2 ^ (127 - Z.log2 d) in
    first * word + second_digit (rest * shift + low * shift / word) (low * shift mod word) (d * shift).

Section Knuth.
  Variable w : Z.
  Variables d_high d_low top low : Z.
  Hypothesis w_pos : 0 < w.
  Hypothesis high_bit : w <= 2 * d_high.
  Hypothesis d_low_is_word : 0 <= d_low < w.
  Hypothesis low_is_word : 0 <= low < w.
  Hypothesis top_below : 0 <= top < d_high * w + d_low.

  Let d := d_high * w + d_low.
  Let n := top * w + low.
  Let q := n / d.

  Lemma knuth_quotient : d * q <= n < d * (q + 1).
  Proof.
    assert (0 < d_high * w) by (apply Z.mul_pos_pos; lia). assert (0 < d) by (unfold d; lia).
    pose proof (Z.div_mod n d ltac:(lia)). pose proof (Z.mod_pos_bound n d ltac:(lia)). unfold q. lia.
  Qed.

  Lemma knuth_quotient_is_word : 0 <= q < w.
  Proof.
    pose proof knuth_quotient. assert (0 < d_high * w) by (apply Z.mul_pos_pos; lia).
    assert (0 < d) by (unfold d; lia).
    assert (0 <= top * w) by (apply Z.mul_nonneg_nonneg; lia).
    assert ((top + 1) * w <= d * w) by (apply Z.mul_le_mono_nonneg_r; unfold d; lia).
    unfold n in *. split.
    - enough (0 < q + 1) by lia. apply Z.mul_lt_mono_pos_l with d; lia.
    - apply Z.mul_lt_mono_pos_l with d; lia.
  Qed.

  (** The estimate from the leading word is never too small, and too large by at most two: theorem B
      of Knuth, The Art of Computer Programming 2, 4.3.1. *)
  Lemma knuth_estimate : let digit := Z.min (top / d_high) (w - 1) in q <= digit <= q + 2
  /\ digit * d_high <= top.
  Proof.
    cbv zeta. pose proof knuth_quotient as Hq. pose proof knuth_quotient_is_word as Hw.
    assert (0 < d_high) by lia.
    pose proof (Z.div_mod top d_high ltac:(lia)). pose proof (Z.mod_pos_bound top d_high ltac:(lia)).
    set (e := top / d_high) in *. set (digit := Z.min e (w - 1)).
    assert (0 <= e) by (apply Z.div_pos; lia).
    assert (digit <= e /\ digit <= w - 1 /\ 0 <= digit) by (subst digit; lia).
    assert (Hdigit : digit * d_high <= top).
    { apply Z.le_trans with (e * d_high); [apply Z.mul_le_mono_nonneg_r; lia | lia]. }
    assert (q * d_high <= top).
    { enough (q * d_high < top + 1) by lia. apply Z.mul_lt_mono_pos_r with w; [lia |].
      assert (0 <= q * d_low) by (apply Z.mul_nonneg_nonneg; lia). unfold d, n in *. lia. }
    assert (q <= e).
    { enough (q < e + 1) by lia. apply Z.mul_lt_mono_pos_r with d_high; lia. }
    split; [| assumption]. split; [subst digit; lia |].
    assert (digit * d_low <= (w - 1) * w) by (apply Z.mul_le_mono_nonneg; lia).
    assert ((w - 1) * w < 2 * d_high * w) by (apply Z.mul_lt_mono_pos_r; lia).
    assert (digit * d_high * w <= top * w) by (apply Z.mul_le_mono_nonneg_r; lia).
    assert (0 < d_high * w) by (apply Z.mul_pos_pos; lia).
    enough (digit < q + 3) by lia. apply Z.mul_lt_mono_pos_l with d; [unfold d; lia |].
    unfold d, n in *. lia.
  Qed.
End Knuth.

Lemma is_too_large_spec digit d_high d_low top low :
  0 <= digit < word -> 0 <= d_low < word -> 0 <= low < word -> digit * d_high <= top ->
  is_too_large digit d_high d_low top low = (top * word + low <? digit * (d_high * word + d_low)).
Proof.
  intros. unfold is_too_large.
  assert (Hw : 0 < word) by reflexivity.
  assert (digit * d_low < word * word) by (apply Z.mul_lt_mono_nonneg; lia).
  set (w := word) in *.
  destruct (Z.ltb_spec (top - digit * d_high) w) as [Hl | Hl]; cbn [andb].
  - destruct (Z.ltb_spec ((top - digit * d_high) * w + low) (digit * d_low)),
             (Z.ltb_spec (top * w + low) (digit * (d_high * w + d_low))); lia.
  - assert (w * w <= (top - digit * d_high) * w) by (apply Z.mul_le_mono_nonneg_r; lia).
    destruct (Z.ltb_spec (top * w + low) (digit * (d_high * w + d_low))); lia.
Qed.

Lemma second_digit_is_the_quotient top low d :
  word * word <= 2 * d -> d < word * word -> 0 <= low < word -> 0 <= top < d ->
  second_digit top low d = (top * word + low) / d.
Proof.
  intros Hbit Hd Hlow Htop. unfold second_digit.
  assert (Hw : 0 < word) by reflexivity. assert (Heven : word = 2 * 2 ^ 63) by reflexivity.
  pose proof (Z.div_mod d word ltac:(lia)) as E. pose proof (Z.mod_pos_bound d word Hw) as Bl.
  set (d_high := d / word) in *. set (d_low := d mod word) in *.
  assert (Hhigh : word <= 2 * d_high).
  { rewrite Heven in *. enough (2 ^ 63 < d_high + 1) by lia.
    apply Z.mul_lt_mono_pos_l with (2 * 2 ^ 63); lia. }
  assert (Ed : d = d_high * word + d_low) by lia.
  assert (Htop' : 0 <= top < d_high * word + d_low) by lia.
  pose proof (knuth_quotient word d_high d_low top low Hw Hhigh Bl) as Hq.
  pose proof (knuth_quotient_is_word word d_high d_low top low Hw Hhigh Bl Hlow Htop') as Hqw.
  pose proof (knuth_estimate word d_high d_low top low Hw Hhigh Bl Hlow Htop') as [Hest Hleft].
  rewrite <- Ed in *. set (q := (top * word + low) / d) in *.
  set (digit := Z.min (top / d_high) (word - 1)) in *.
  assert (Step : forall x, 0 <= x < word -> x * d_high <= top ->
                 corrected x d_high d_low top low = if q <? x then x - 1 else x).
  { intros x Hx Hxl. unfold corrected. rewrite is_too_large_spec by lia. rewrite <- Ed.
    destruct (Z.ltb_spec (top * word + low) (x * d)), (Z.ltb_spec q x); try reflexivity; exfalso.
    - assert (d * x <= d * q) by (apply Z.mul_le_mono_nonneg_l; lia). lia.
    - assert (d * (q + 1) <= d * x) by (apply Z.mul_le_mono_nonneg_l; lia). lia. }
  assert (Less : forall x, x <= digit -> x * d_high <= top).
  { intros. apply Z.le_trans with (digit * d_high); [apply Z.mul_le_mono_nonneg_r; lia | assumption]. }
  assert (digit < word) by (subst digit; lia).
  rewrite (Step digit) by lia.
  destruct (Z.ltb_spec q digit).
  - rewrite Step by (try apply Less; lia). destruct (Z.ltb_spec q (digit - 1)); lia.
  - rewrite Step by (try apply Less; lia). destruct (Z.ltb_spec q digit); lia.
Qed.

(** P4: the long division of 192 by 128 bits, by which shares are priced when a product is longer
    than 128 bits, is the quotient, for every dividend and divisor. *)
Theorem long_div_P4_is_the_quotient high low d :
  0 <= high < word * word -> 0 <= low < word -> 0 < d < word * word ->
  long_div high low d = (high * word + low) / d.
Proof.
  intros Hhigh Hlow Hd. unfold long_div.
  pose proof (Z.div_mod high d ltac:(lia)) as E. pose proof (Z.mod_pos_bound high d ltac:(lia)) as B.
  set (first := high / d) in *. set (rest := high mod d) in *.
  assert (Hw : 0 < word) by reflexivity.
  assert (Split : (high * word + low) / d = first * word + (rest * word + low) / d).
  { rewrite E.
    replace ((d * first + rest) * word + low) with (first * word * d + (rest * word + low)) by ring.
    apply Z.div_add_l. lia. }
  rewrite Split. destruct (Z.ltb_spec d word); [reflexivity |]. f_equal.
  assert (Hlog : 2 ^ Z.log2 d <= d < 2 ^ Z.succ (Z.log2 d)) by (apply Z.log2_spec; lia).
  assert (Hl : 0 <= Z.log2 d < 128).
  { split; [apply Z.log2_nonneg |]. apply Z.log2_lt_pow2; [lia |]. exact (proj2 Hd). }
  set (s := 2 ^ (127 - Z.log2 d)) in *.
  assert (Hs : 0 < s) by (apply Z.pow_pos_nonneg; lia).
  assert (Es : 2 * (2 ^ Z.log2 d * s) = word * word).
  { subst s. rewrite <- Z.pow_add_r by lia. replace (Z.log2 d + (127 - Z.log2 d)) with 127 by lia.
    reflexivity. }
  rewrite Z.pow_succ_r in Hlog by lia.
  pose proof (Z.div_mod (low * s) word ltac:(lia)) as El.
  pose proof (Z.mod_pos_bound (low * s) word Hw) as Bl.
  assert (Hbit : word * word <= 2 * (d * s)).
  { rewrite <- Es. assert (2 ^ Z.log2 d * s <= d * s) by (apply Z.mul_le_mono_nonneg_r; lia). lia. }
  assert (Htop : d * s < word * word).
  { rewrite <- Es. assert (d * s < 2 * 2 ^ Z.log2 d * s) by (apply Z.mul_lt_mono_pos_r; lia). lia. }
  assert (0 <= low * s) by (apply Z.mul_nonneg_nonneg; lia).
  assert (Hcarry : 0 <= low * s / word < s).
  { split; [apply Z.div_pos; lia |]. apply Z.div_lt_upper_bound; [lia |].
    apply Z.mul_lt_mono_pos_r; lia. }
  assert (0 <= rest * s) by (apply Z.mul_nonneg_nonneg; lia).
  assert ((rest + 1) * s <= d * s) by (apply Z.mul_le_mono_nonneg_r; lia).
  rewrite second_digit_is_the_quotient by lia.
  replace ((rest * s + low * s / word) * word + low * s mod word) with ((rest * word + low) * s) by lia.
  apply Z.div_mul_cancel_r; lia.
Qed.
