// The channels whose products a workgroup sums: all of them, or where they are divided among MHAT_SPLITS workgroups its own.
#if defined(MHAT_SPLITS)
#define SPLIT_CHANNELS ((IN_CHANNELS + MHAT_SPLITS - 1u) / MHAT_SPLITS)
uint own_split;
#define FIRST_CHANNEL (own_split * SPLIT_CHANNELS)
#define PAST_CHANNEL min(FIRST_CHANNEL + SPLIT_CHANNELS, IN_CHANNELS)
// Their number; where all splits have as many, a constant.
#define OWN_CHANNELS (IN_CHANNELS % MHAT_SPLITS == 0u ? SPLIT_CHANNELS : PAST_CHANNEL - FIRST_CHANNEL)
#define SLICES_END_WITH_CHANNELS (IN_CHANNELS % BLOCK_C == 0u && SPLIT_CHANNELS % BLOCK_C == 0u)
// Where its sums begin.
#define OWN_MHAT (own_split * MHAT_FLOATS)

void begin_split(uint split) {
    own_split = split;
}
#else
#define FIRST_CHANNEL 0u
#define PAST_CHANNEL IN_CHANNELS
#define OWN_CHANNELS IN_CHANNELS
#define SLICES_END_WITH_CHANNELS (IN_CHANNELS % BLOCK_C == 0u)
#define OWN_MHAT 0u

void begin_split(uint split) {}
#endif
