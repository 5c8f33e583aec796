//! The closed sets among the columns: phase, mode, what ended sampling, ceiling, status and verdict, each with its spelling
//! in CSV.

/// Declares a column's closed set: its doc, its values and their spelling.
macro_rules! values {
    ($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// Every value, in the order of the reference.
            pub const ALL: &[Self] = &[$(Self::$value,)+];

            /// What is expected where a value of this set is read.
            pub(super) const EXPECTED: &str =
                concat!("one of", $(" `", $text, "`",)+);

            /// The spelling in CSV.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// The value so spelled, or `None`.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$value),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

values! {
    /// What part of an experiment a row is about, in the order in which they run.
    Phase {
        /// Direct convolution: the baseline's only phase.
        Direct = "direct",
        /// The input transform.
        Xhat = "xhat",
        /// The filter transform.
        Ghat = "ghat",
        /// Multiply and reduce.
        Mhat = "mhat",
        /// The output transform.
        Output = "output",
        /// What reads the last buffer of a prefix.
        Consume = "consume",
        /// The whole experiment.
        Total = "total",
    }
}

values! {
    /// How a row's time was taken; times of different modes are never mixed.
    Mode {
        /// Device time of one phase in its own command buffer.
        Isolated = "isolated",
        /// Device time of all phases in one command buffer.
        Pipelined = "pipelined",
        /// Host time of the final wait and read-back, with work submitted lazily: the seed's protocol.
        HostLazy = "host_lazy",
    }
}

values! {
    /// What ended an experiment's sampling.
    Stopped {
        /// Every interval is as narrow as was asked for.
        Target = "target",
        /// The time was up.
        Time = "time",
        /// It is certainly slower than a multiple of the best.
        GaveUp = "gave_up",
    }
}

values! {
    /// What bounds a device from above: a rate that nothing exceeds, or a time that nothing undercuts.
    Ceiling {
        /// Bytes read and written by a copy.
        CopyBandwidth = "copy_bandwidth",
        /// Bytes written.
        FillBandwidth = "fill_bandwidth",
        /// Bytes read by a sum.
        ReadBandwidth = "read_bandwidth",
        /// Bytes read from shared memory, by all workgroups.
        SharedBandwidth = "shared_bandwidth",
        /// Operations of f32 fused multiply-adds, two each.
        F32Fma = "f32_fma",
        /// Operations of f16 fused multiply-adds on packed pairs, two each.
        F16Fma = "f16_fma",
        /// Operations of multiply-adds of cooperative matrices, f16 summed in f32.
        Matrix = "matrix_f16_f32",
        /// Time of an empty dispatch among others that nothing orders.
        Dispatch = "dispatch",
        /// Time of an empty dispatch with the barrier between it and the next.
        OrderedDispatch = "ordered_dispatch",
        /// What that barrier adds.
        Barrier = "barrier",
    }
}

values! {
    /// What became of the row's phase.
    Status {
        /// Verified, and measured.
        Ok = "ok",
        /// A buffer differs from its reference; the row has no times.
        Wrong = "wrong",
        /// The device, or this version, cannot run it.
        Unsupported = "unsupported",
        /// It ran into an error.
        Failed = "failed",
    }
}

values! {
    /// What became of a figure of a proof.
    Verdict {
        /// It is what it should be.
        Holds = "holds",
        /// It is not.
        Fails = "fails",
        /// Nothing was expected of it.
        Stated = "stated",
        /// The device cannot give it.
        Unsupported = "unsupported",
        /// It stands for nothing: the device is the host's processor, or too little was measured.
        Unjudged = "unjudged",
    }
}
