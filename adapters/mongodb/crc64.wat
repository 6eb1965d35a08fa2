;; CRC-64/XZ of a piece of memory, 16 bytes at a time by sixteen tables. Compiled by crc64.build.ts.
;;
;; The tables are at 0: table t, byte b at (t * 256 + b) * 8. crc64.ts writes them there. $crc is the running state,
;; already inverted; $from and $length are in bytes; what is left over a multiple of 16 goes byte by byte.
(module
  (memory (export "memory") 33)
  (func $at (param $table i32) (param $byte i64) (result i64)
    (i64.load (i32.add (local.get $table)
      (i32.shl (i32.wrap_i64 (i64.and (local.get $byte) (i64.const 255))) (i32.const 3)))))
  (func (export "update") (param $crc i64) (param $from i32) (param $length i32) (result i64)
    (local $end i32) (local $wordEnd i32) (local $next i64)
    (local.set $end (i32.add (local.get $from) (local.get $length)))
    (local.set $wordEnd (i32.add (local.get $from) (i32.and (local.get $length) (i32.const -16))))
    (block $wordsDone
      (loop $words
        (br_if $wordsDone (i32.ge_u (local.get $from) (local.get $wordEnd)))
        (local.set $crc (i64.xor (local.get $crc) (i64.load (local.get $from))))
        (local.set $next (i64.load offset=8 (local.get $from)))
        (local.set $crc
          (i64.xor
            (i64.xor
              (i64.xor
                (i64.xor
                  (call $at (i32.const 30720) (local.get $crc))
                  (call $at (i32.const 28672) (i64.shr_u (local.get $crc) (i64.const 8))))
                (i64.xor
                  (call $at (i32.const 26624) (i64.shr_u (local.get $crc) (i64.const 16)))
                  (call $at (i32.const 24576) (i64.shr_u (local.get $crc) (i64.const 24)))))
              (i64.xor
                (i64.xor
                  (call $at (i32.const 22528) (i64.shr_u (local.get $crc) (i64.const 32)))
                  (call $at (i32.const 20480) (i64.shr_u (local.get $crc) (i64.const 40))))
                (i64.xor
                  (call $at (i32.const 18432) (i64.shr_u (local.get $crc) (i64.const 48)))
                  (call $at (i32.const 16384) (i64.shr_u (local.get $crc) (i64.const 56))))))
            (i64.xor
              (i64.xor
                (i64.xor
                  (call $at (i32.const 14336) (local.get $next))
                  (call $at (i32.const 12288) (i64.shr_u (local.get $next) (i64.const 8))))
                (i64.xor
                  (call $at (i32.const 10240) (i64.shr_u (local.get $next) (i64.const 16)))
                  (call $at (i32.const 8192) (i64.shr_u (local.get $next) (i64.const 24)))))
              (i64.xor
                (i64.xor
                  (call $at (i32.const 6144) (i64.shr_u (local.get $next) (i64.const 32)))
                  (call $at (i32.const 4096) (i64.shr_u (local.get $next) (i64.const 40))))
                (i64.xor
                  (call $at (i32.const 2048) (i64.shr_u (local.get $next) (i64.const 48)))
                  (call $at (i32.const 0) (i64.shr_u (local.get $next) (i64.const 56))))))))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (br $words)))
    (block $done
      (loop $bytes
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (local.set $crc (i64.xor
          (i64.shr_u (local.get $crc) (i64.const 8))
          (call $at (i32.const 0)
            (i64.xor (local.get $crc) (i64.load8_u (local.get $from))))))
        (local.set $from (i32.add (local.get $from) (i32.const 1)))
        (br $bytes)))
    (local.get $crc)))
