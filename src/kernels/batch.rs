//! Many kernels at a time, on all of the host's cores.

use std::collections::HashMap;

use super::compiler::{Compiler, Error, Request, Spirv};
use crate::parallel;

impl Compiler {
    /// What [`compile`](Self::compile) answers to each of `requests`, in their order, and `None` to those whose turn had
    /// not come when `go_on` first said no.
    ///
    /// Requests that are the same text after preprocessing are compiled once, and share the time that it took.
    pub fn compile_all(
        &self,
        requests: &[Request<'_>],
        go_on: impl Fn() -> bool + Sync,
    ) -> Vec<Option<Result<Spirv, Error>>> {
        let keys = parallel::map(requests, |&request| go_on().then(|| self.key(request)));
        let mut distinct = Vec::new();
        let mut places = HashMap::new();
        let places: Vec<Option<Result<usize, Error>>> = requests
            .iter()
            .zip(keys)
            .map(|(&request, key)| {
                let place = |key| {
                    // The entry file is what errors name.
                    *places.entry((request.source, key)).or_insert_with(|| {
                        distinct.push(request);
                        distinct.len() - 1
                    })
                };
                Some(key?.map(place))
            })
            .collect();
        let modules = parallel::map(&distinct, |&request| go_on().then(|| self.compile(request)));
        places
            .into_iter()
            .map(|place| match place? {
                Ok(place) => modules[place].clone(),
                Err(error) => Some(Err(error)),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::kernels::Sources;

    const KERNEL: &str = "#version 450
layout(local_size_x = 1) in;
layout(set = 0, binding = 0) writeonly buffer B { float b[]; };
void main() { b[0] = VALUE; }
";

    /// A compiler of `a.comp` and `b.comp` without a cache.
    fn compiler() -> (tempfile::TempDir, Compiler) {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.comp", "b.comp"] {
            std::fs::write(folder.path().join(name), KERNEL).unwrap();
        }
        let compiler = Compiler::new(Sources::Folder(folder.path().to_owned()), None).unwrap();
        (folder, compiler)
    }

    fn value(value: &str) -> Vec<(String, String)> {
        vec![("VALUE".to_owned(), value.to_owned())]
    }

    fn request<'a>(source: &'a str, macros: &'a [(String, String)]) -> Request<'a> {
        Request { source, macros, generated: &[] }
    }

    #[test]
    fn many_are_what_they_are_one_by_one_and_an_error_is_its_own_requests() {
        let (_folder, compiler) = compiler();
        let mut values: Vec<_> = (0..40).map(|number| value(&format!("{number}.5"))).collect();
        values[7] = value("nonsense");
        let mut requests: Vec<Request<'_>> = values.iter().map(|macros| request("a.comp", macros)).collect();
        requests[3].source = "missing.comp";
        requests[7].source = "b.comp";
        let alone: Vec<_> = requests.iter().map(|&request| compiler.compile(request)).collect();
        let together = compiler.compile_all(&requests, || true);
        assert_eq!(together.len(), alone.len());
        for (index, (together, alone)) in together.into_iter().zip(alone).enumerate() {
            match (together.expect("nobody said no"), alone) {
                (Ok(together), Ok(alone)) => {
                    assert_eq!((together.words, together.hash), (alone.words, alone.hash), "{index}");
                    assert!(together.compile_time.is_some());
                }
                (together, alone) => {
                    assert!([3, 7].contains(&index), "{index}: {together:?}");
                    assert_eq!(together, alone);
                }
            }
        }
    }

    #[test]
    fn what_is_the_same_text_is_compiled_once() {
        let (_folder, compiler) = compiler();
        let mut unused = value("1.5");
        unused.push(("UNUSED".to_owned(), "1".to_owned()));
        let (used, other) = (value("1.5"), value("2.5"));
        let requests = [&used, &other, &unused].map(|macros| request("a.comp", macros));
        let modules: Vec<Spirv> = compiler
            .compile_all(&requests, || true)
            .into_iter()
            .map(|module| module.unwrap().unwrap())
            .collect();
        // Two compilations never take the same time to the nanosecond.
        assert_eq!(modules[0], modules[2]);
        assert_ne!(modules[0].hash, modules[1].hash);
        let broken = value("nonsense");
        let requests = ["a.comp", "b.comp"].map(|source| request(source, &broken));
        for (module, source) in compiler.compile_all(&requests, || true).into_iter().zip(["a.comp", "b.comp"])
        {
            let error = module.unwrap().unwrap_err().to_string();
            assert!(error.contains(&format!("{source} does not compile")), "{error}");
        }
    }

    #[test]
    fn nothing_is_begun_once_it_is_told_to_stop() {
        let (_folder, compiler) = compiler();
        let values: Vec<_> = (0..20).map(|number| value(&format!("{number}.5"))).collect();
        let requests: Vec<Request<'_>> = values.iter().map(|macros| request("a.comp", macros)).collect();
        assert!(compiler.compile_all(&requests, || false).iter().all(Option::is_none));
        // Every request is asked about twice: before it is preprocessed, and before it is compiled.
        let asked = AtomicUsize::new(0);
        let some = compiler.compile_all(&requests, || asked.fetch_add(1, Ordering::Relaxed) < 25);
        assert_eq!(some.iter().flatten().count(), 5);
    }
}
