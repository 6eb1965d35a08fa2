;; Counts the line feeds of a piece of memory, 16 bytes at a time. Compiled by rows-newlines.build.ts.
;;
;; $from and $length are in bytes; whatever $length leaves over a multiple of 16 is counted byte by byte.
(module
  (memory (export "memory") 33)
  (func (export "countNewlines") (param $from i32) (param $length i32) (result i32)
    (local $end i32) (local $vectorEnd i32) (local $blockEnd i32) (local $total i32)
    (local $newline v128) (local $a v128) (local $b v128) (local $wide v128)
    (local.set $newline (i8x16.splat (i32.const 10)))
    (local.set $end (i32.add (local.get $from) (local.get $length)))
    (local.set $vectorEnd (i32.add (local.get $from) (i32.and (local.get $length) (i32.const -32))))
    (block $vectorsDone
      (loop $blocks
        (br_if $vectorsDone (i32.ge_u (local.get $from) (local.get $vectorEnd)))
        ;; A lane of 8 bits holds at most 255, so the sums are widened every 255 rounds of 32 bytes.
        (local.set $blockEnd (i32.add (local.get $from) (i32.const 8160)))
        (if (i32.gt_u (local.get $blockEnd) (local.get $vectorEnd))
          (then (local.set $blockEnd (local.get $vectorEnd))))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (v128.const i32x4 0 0 0 0))
        (loop $vectors
          ;; Equal lanes are -1, so subtracting counts them.
          (local.set $a (i8x16.sub (local.get $a)
            (i8x16.eq (v128.load (local.get $from)) (local.get $newline))))
          (local.set $b (i8x16.sub (local.get $b)
            (i8x16.eq (v128.load offset=16 (local.get $from)) (local.get $newline))))
          (local.set $from (i32.add (local.get $from) (i32.const 32)))
          (br_if $vectors (i32.lt_u (local.get $from) (local.get $blockEnd))))
        (local.set $wide (i32x4.add
          (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $a)))
          (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $b)))))
        (local.set $total (i32.add (local.get $total)
          (i32.add
            (i32.add (i32x4.extract_lane 0 (local.get $wide)) (i32x4.extract_lane 1 (local.get $wide)))
            (i32.add (i32x4.extract_lane 2 (local.get $wide)) (i32x4.extract_lane 3 (local.get $wide))))))
        (br $blocks)))
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (local.set $total (i32.add (local.get $total)
          (i32.eq (i32.load8_u (local.get $from)) (i32.const 10))))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $bytes)))
    (local.get $total)))
