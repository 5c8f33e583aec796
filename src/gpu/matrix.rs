//! Owns what a device says of cooperative matrices: products of f16 matrices that a subgroup sums in f32.

use std::ffi::CStr;

use ash::{khr, nv, vk};

use super::{Error, Result, adapter::has_feature, instance::entry};

/// The extension by which kernels multiply matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatrixExtension {
    /// `VK_KHR_cooperative_matrix`.
    Khr,
    /// `VK_NV_cooperative_matrix`, which older shader compilers know alone.
    Nv,
}

/// The largest product that a subgroup makes at once, of an m×k matrix by a k×n matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixUnit {
    /// How kernels ask for it.
    pub extension: MatrixExtension,
    /// m, n and k.
    pub shape: [u32; 3],
}

/// The types and scope of a product, as both extensions name them.
struct Product {
    shape: [u32; 3],
    operands: [vk::ComponentTypeKHR; 2],
    sums: [vk::ComponentTypeKHR; 2],
    scope: vk::ScopeKHR,
}

impl MatrixExtension {
    /// The extension's name.
    pub(super) fn name(self) -> &'static CStr {
        match self {
            MatrixExtension::Khr => khr::cooperative_matrix::NAME,
            MatrixExtension::Nv => nv::cooperative_matrix::NAME,
        }
    }

    fn is_enabled_by(self, instance: &ash::Instance, raw: vk::PhysicalDevice) -> bool {
        match self {
            MatrixExtension::Khr => {
                has_feature(instance, raw, |of: vk::PhysicalDeviceCooperativeMatrixFeaturesKHR<'_>| {
                    of.cooperative_matrix
                })
            }
            MatrixExtension::Nv => {
                has_feature(instance, raw, |of: vk::PhysicalDeviceCooperativeMatrixFeaturesNV<'_>| {
                    of.cooperative_matrix
                })
            }
        }
    }

    fn products(self, instance: &ash::Instance, raw: vk::PhysicalDevice) -> Result<Vec<Product>> {
        let failed = |code| Error::from_vk(code, "listing the cooperative matrices of a device");
        match self {
            MatrixExtension::Khr => {
                let functions = khr::cooperative_matrix::Instance::new(entry()?, instance);
                // SAFETY: `raw` belongs to the instance and has the extension.
                let all = unsafe { functions.get_physical_device_cooperative_matrix_properties(raw) };
                let product = |p: vk::CooperativeMatrixPropertiesKHR<'_>| Product {
                    shape: [p.m_size, p.n_size, p.k_size],
                    operands: [p.a_type, p.b_type],
                    sums: [p.c_type, p.result_type],
                    scope: p.scope,
                };
                Ok(all.map_err(failed)?.into_iter().map(product).collect())
            }
            MatrixExtension::Nv => {
                let functions = nv::cooperative_matrix::Instance::new(entry()?, instance);
                let query = functions.fp().get_physical_device_cooperative_matrix_properties_nv;
                let mut count = 0;
                // SAFETY: `raw` belongs to the instance and has the extension; without a list only `count` is written.
                unsafe { query(raw, &mut count, std::ptr::null_mut()) }.result().map_err(failed)?;
                let mut all = vec![vk::CooperativeMatrixPropertiesNV::default(); count as usize];
                // SAFETY: the list has room for `count`.
                unsafe { query(raw, &mut count, all.as_mut_ptr()) }.result().map_err(failed)?;
                all.truncate(count as usize);
                let product = |p: vk::CooperativeMatrixPropertiesNV<'_>| Product {
                    shape: [p.m_size, p.n_size, p.k_size],
                    operands: [p.a_type, p.b_type],
                    sums: [p.c_type, p.d_type],
                    scope: p.scope,
                };
                Ok(all.into_iter().map(product).collect())
            }
        }
    }
}

/// The unit of each extension that the device `has`, KHR's first.
pub(super) fn query(
    instance: &ash::Instance,
    raw: vk::PhysicalDevice,
    has: impl Fn(&CStr) -> bool,
) -> Result<Vec<MatrixUnit>> {
    let mut units = Vec::new();
    for extension in [MatrixExtension::Khr, MatrixExtension::Nv] {
        if has(extension.name()) && extension.is_enabled_by(instance, raw) {
            let shape = largest(&extension.products(instance, raw)?);
            units.extend(shape.map(|shape| MatrixUnit { extension, shape }));
        }
    }
    Ok(units)
}

/// The largest product of f16 matrices summed in f32 by a subgroup.
fn largest(products: &[Product]) -> Option<[u32; 3]> {
    let fits = |product: &&Product| {
        product.operands == [vk::ComponentTypeKHR::FLOAT16; 2]
            && product.sums == [vk::ComponentTypeKHR::FLOAT32; 2]
            && product.scope == vk::ScopeKHR::SUBGROUP
    };
    let shapes = products.iter().filter(fits).map(|product| product.shape);
    shapes.max_by_key(|shape| shape.map(u64::from).iter().product::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_product_of_the_right_types_is_taken() {
        use vk::ComponentTypeKHR as T;
        let product =
            |shape, operand, sum, scope| Product { shape, operands: [operand; 2], sums: [sum; 2], scope };
        let products = [
            product([16, 8, 8], T::FLOAT16, T::FLOAT32, vk::ScopeKHR::SUBGROUP),
            product([16, 16, 16], T::FLOAT16, T::FLOAT32, vk::ScopeKHR::SUBGROUP),
            product([16, 16, 32], T::SINT8, T::SINT32, vk::ScopeKHR::SUBGROUP),
            product([32, 32, 32], T::FLOAT16, T::FLOAT16, vk::ScopeKHR::SUBGROUP),
            product([64, 64, 64], T::FLOAT16, T::FLOAT32, vk::ScopeKHR::WORKGROUP),
        ];
        assert_eq!(largest(&products), Some([16, 16, 16]));
        assert_eq!(largest(&products[2..]), None);
    }
}
