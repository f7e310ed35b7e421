// Of the two halves of GCM (NIST SP 800-38D), CTR encrypts sixteen blocks at a time, four in each register; GHASH
// multiplies the sixteen by as many powers of its key and reduces their sum once.
//
// GHASH's polynomials have their lowest coefficient in the highest bit. With the bytes of a block reversed, a carryless
// product of two is then one bit too low; so each power is kept divided by x.
#include "enclave/crypto/wide/wide_gcm.h"

#include <immintrin.h>

namespace farl {

namespace {

using Block = __m128i;
using Four = __m512i; // blocks

constexpr size_t kBlock = sizeof(Block), kFour = sizeof(Four), kSixteen = 4 * kFour;
constexpr int64_t kPolynomial = static_cast<int64_t>(0xc200'0000'0000'0000); // without its ends

Four all_of(Block block) { return _mm512_broadcast_i32x4(block); }
Block load(std::byte const* from) { return _mm_loadu_si128(reinterpret_cast<Block const*>(from)); }
void store(std::byte* to, Block block) { _mm_storeu_si128(reinterpret_cast<Block*>(to), block); }
Four load_four(std::byte const* from) { return _mm512_loadu_si512(from); }

Four xor3(Four a, Four b, Four c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }

Block byte_order() { return _mm_set_epi64x(0x0001'0203'0405'0607, 0x0809'0a0b'0c0d'0e0f); }
Block reversed(Block block) { return _mm_shuffle_epi8(block, byte_order()); }
Four reversed(Four blocks) { return _mm512_shuffle_epi8(blocks, all_of(byte_order())); }

Block sum_of(Four blocks)
{
    auto const two = _mm256_xor_si256(_mm512_castsi512_si256(blocks), _mm512_extracti64x4_epi64(blocks, 1));
    return _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
}

// The first bytes of four blocks, zeros behind them.
__mmask64 first_bytes(size_t size) { return size >= kFour ? ~0ull : (1ull << size) - 1; }

// Sums of products, 256 bits in three overlapping parts.
struct Products {
    Four low, middle, high;
    void add(Four blocks, Four powers)
    {
        low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128(blocks, powers, 0x00));
        high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128(blocks, powers, 0x11));
        middle = xor3(
            middle, _mm512_clmulepi64_epi128(blocks, powers, 0x01), _mm512_clmulepi64_epi128(blocks, powers, 0x10));
    }
};

Four swapped(Four blocks) { return _mm512_shuffle_epi32(blocks, _MM_PERM_BADC); }

// Of each lane by itself: what is lowest is folded upwards, 64 bits at a time.
Four reduce(Products const& sums)
{
    auto const polynomial = _mm512_set1_epi64(kPolynomial);
    auto const middle = xor3(sums.middle, swapped(sums.low), _mm512_clmulepi64_epi128(sums.low, polynomial, 0x00));
    return xor3(sums.high, swapped(middle), _mm512_clmulepi64_epi128(middle, polynomial, 0x00));
}

class Hash {
public:
    explicit Hash(WideGcmKey const& key) : powers_(key.powers) { }

    void add_sixteen(Four const (&blocks)[4])
    {
        Products sums {};
        sums.add(_mm512_xor_si512(reversed(blocks[0]), _mm512_zextsi128_si512(state_)), load_four(powers_[0]));
        for (size_t i = 1; i < 4; ++i)
            sums.add(reversed(blocks[i]), load_four(powers_[4 * i]));
        state_ = sum_of(reduce(sums));
    }
    // The last of them is filled up with zeros.
    void add(Four blocks, size_t size)
    {
        auto const count = (size + kBlock - 1) / kBlock;
        auto const powers = _mm512_maskz_loadu_epi8(first_bytes(count * kBlock), powers_[WideGcmKey::kPowers - count]);
        Products sums {};
        sums.add(_mm512_xor_si512(reversed(blocks), _mm512_zextsi128_si512(state_)), powers);
        state_ = sum_of(reduce(sums));
    }
    void add(std::span<std::byte const> bytes)
    {
        for (; !bytes.empty(); bytes = bytes.subspan(bytes.size() < kFour ? bytes.size() : kFour)) {
            auto const size = bytes.size() < kFour ? bytes.size() : kFour;
            add(_mm512_maskz_loadu_epi8(first_bytes(size), bytes.data()), size);
        }
    }
    Block finish(size_t additional, size_t text)
    {
        auto const sizes = _mm_set_epi64x(static_cast<int64_t>(additional * 8), static_cast<int64_t>(text * 8));
        add(_mm512_zextsi128_si512(reversed(sizes)), kBlock);
        return reversed(state_);
    }

private:
    std::byte const (&powers_)[WideGcmKey::kPowers][kBlock];
    Block state_ {};
};

class Cipher {
public:
    Cipher(WideGcmKey const& key, std::span<std::byte const, 12> nonce) : keys_(key.round_keys)
    {
        alignas(16) std::byte first[kBlock] {};
        for (size_t i = 0; i < nonce.size(); ++i)
            first[i] = nonce[i];
        first_ = reversed(load(first));
        next_ = _mm512_add_epi32(all_of(first_), _mm512_set_epi32(0, 0, 0, 5, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2));
    }

    // What the tag is hidden with.
    Block first() const
    {
        Four counters[] { all_of(_mm_add_epi32(first_, _mm_set_epi32(0, 0, 0, 1))) };
        encrypt(counters);
        return _mm512_castsi512_si128(counters[0]);
    }
    template <size_t Count>
    void next(Four (&stream)[Count])
    {
        for (auto& counters : stream) {
            counters = next_;
            next_ = _mm512_add_epi32(next_, _mm512_set_epi32(0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0, 4));
        }
        encrypt(stream);
    }

private:
    Four round_key(size_t round) const { return all_of(load(keys_[round])); }

    template <size_t Count>
    void encrypt(Four (&counters)[Count]) const
    {
        for (auto& blocks : counters)
            blocks = _mm512_xor_si512(reversed(blocks), round_key(0));
        for (size_t round = 1; round < WideGcmKey::kRounds; ++round)
            for (auto& blocks : counters)
                blocks = _mm512_aesenc_epi128(blocks, round_key(round));
        for (auto& blocks : counters)
            blocks = _mm512_aesenclast_epi128(blocks, round_key(WideGcmKey::kRounds));
    }

    std::byte const (&keys_)[WideGcmKey::kRounds + 1][kBlock];
    Block first_; // counters have their bytes reversed
    Four next_;
};

enum class Direction { Seal, Open };

// The tag.
template <Direction kDirection>
Block process(WideGcmKey const& key, WideGcmText const& text)
{
    Hash hash(key);
    Cipher cipher(key, text.nonce);
    hash.add(text.additional);
    auto const* input = text.input.data();
    auto* output = text.output;
    auto rest = text.input.size();
    for (; rest >= kSixteen; rest -= kSixteen, input += kSixteen, output += kSixteen) {
        Four stream[4], read[4], written[4];
        cipher.next(stream);
        for (size_t i = 0; i < 4; ++i) {
            read[i] = load_four(input + i * kFour);
            written[i] = _mm512_xor_si512(read[i], stream[i]);
            _mm512_storeu_si512(output + i * kFour, written[i]);
        }
        hash.add_sixteen(kDirection == Direction::Seal ? written : read);
    }
    while (rest) {
        auto const size = rest < kFour ? rest : kFour;
        auto const mask = first_bytes(size);
        Four stream[1];
        cipher.next(stream);
        auto const read = _mm512_maskz_loadu_epi8(mask, input);
        auto const written = _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(read, stream[0]));
        _mm512_mask_storeu_epi8(output, mask, written);
        hash.add(kDirection == Direction::Seal ? written : read, size);
        rest -= size, input += size, output += size;
    }
    return _mm_xor_si128(hash.finish(text.additional.size(), text.input.size()), cipher.first());
}

// The sum of each word and those before it.
Block running_sum(Block words)
{
    words = _mm_xor_si128(words, _mm_slli_si128(words, 4));
    return _mm_xor_si128(words, _mm_slli_si128(words, 8));
}

// FIPS 197, 5.2. Of columns that are all the same, AESENCLAST is SubWord, and adds a constant.
void expand_rounds(WideGcmKey& expanded, std::span<std::byte const, 32> key)
{
    auto const last_word_rotated = _mm_set1_epi32(0x0c0f'0e0d);
    Block before = load(key.data()), last = load(key.data() + kBlock);
    store(expanded.round_keys[0], before);
    store(expanded.round_keys[1], last);
    for (size_t i = 2; i <= WideGcmKey::kRounds; ++i) {
        auto const word = i % 2 ? _mm_shuffle_epi32(last, 0xff) : _mm_shuffle_epi8(last, last_word_rotated);
        auto const constant = _mm_set1_epi32(i % 2 ? 0 : 1 << (i / 2 - 1));
        auto const next = _mm_xor_si128(running_sum(before), _mm_aesenclast_si128(word, constant));
        store(expanded.round_keys[i], next);
        before = last, last = next;
    }
}

Block divided_by_x(Block block)
{
    auto const carries = _mm_slli_si128(_mm_srli_epi64(block, 63), 8);
    auto const doubled = _mm_or_si128(_mm_slli_epi64(block, 1), carries);
    auto const has_constant = _mm_shuffle_epi32(_mm_srai_epi32(block, 31), 0xff);
    return _mm_xor_si128(doubled, _mm_and_si128(has_constant, _mm_set_epi64x(kPolynomial, 1)));
}

Block product(Block a, Block b)
{
    Products sums {};
    sums.add(_mm512_zextsi128_si512(a), _mm512_zextsi128_si512(b));
    return _mm512_castsi512_si128(reduce(sums));
}

Block encrypted_zeros(WideGcmKey const& key)
{
    auto block = load(key.round_keys[0]);
    for (size_t round = 1; round < WideGcmKey::kRounds; ++round)
        block = _mm_aesenc_si128(block, load(key.round_keys[round]));
    return _mm_aesenclast_si128(block, load(key.round_keys[WideGcmKey::kRounds]));
}

} // namespace

void wide_gcm_expand(WideGcmKey& expanded, std::span<std::byte const, 32> key)
{
    expand_rounds(expanded, key);
    auto const first = divided_by_x(reversed(encrypted_zeros(expanded)));
    auto power = first;
    for (size_t i = WideGcmKey::kPowers; i-- > 0; power = product(power, first))
        store(expanded.powers[i], power);
}

void wide_gcm_seal(WideGcmKey const& key, WideGcmText const& text, std::span<std::byte, 16> tag)
{
    store(tag.data(), process<Direction::Seal>(key, text));
}

bool wide_gcm_open(WideGcmKey const& key, WideGcmText const& text, std::span<std::byte const, 16> tag)
{
    auto const found = process<Direction::Open>(key, text);
    return _mm_movemask_epi8(_mm_cmpeq_epi8(found, load(tag.data()))) == 0xffff;
}

} // namespace farl
