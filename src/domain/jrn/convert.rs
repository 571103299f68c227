//! Conversion between the JRN versions. Lossy both ways: version 3 has no space, version 2 no controlling path.

use super::{Jrn, JrnError, JrnV2, JrnV3};

/// The version 3 form: the org, or the space where no org is named.
pub fn to_v3(jrn: &JrnV2) -> String {
    let org = if jrn.org_id.is_empty() {
        &jrn.space_id
    } else {
        &jrn.org_id
    };
    jrn.resource.to_v3(org)
}

/// The version 2 form, in the workspace `/{org}`.
pub fn to_v2(jrn: &JrnV3) -> String {
    jrn.resource.to_v2(&format!("/{}", jrn.org_id))
}

/// The other version of any JRN.
pub fn convert(text: &str) -> Result<String, JrnError> {
    Ok(match Jrn::parse(text)? {
        Jrn::V2(jrn) => to_v3(&jrn),
        Jrn::V3(jrn) => to_v2(&jrn),
    })
}
