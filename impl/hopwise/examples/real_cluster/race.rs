//! What a kube-apiserver does with two requests at once that each take the last finalizer from an
//! object, while its successor is being made.
//!
//! The API server decides first that nobody holds the object any more, and deletes it then, by its
//! name. The deletion is held to a UID if the request is a PUT, whose object has one, and to none if
//! it is a PATCH, whatever UID and resourceVersion the patch names
//! (k8s.io/apiserver, `pkg/registry/generic/registry/store.go`: `deleteWithoutFinalizers`, and
//! `pkg/registry/rest/update.go`: `Preconditions`).

use crate::planes;
use anyhow::Context as _;
use hopwise::up::assets::Assets;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use tokio::runtime::Runtime;

/// The object.
const NAME: &str = "held";
/// Who holds it.
const FINALIZER: &str = "hopwise.example/hold";

/// How a finalizer is taken away. Both name UID and resourceVersion.
#[derive(Clone, Copy, Debug)]
enum How {
    Patch,
    Put,
}

/// Tries both ways so often, and says how often the successor went with its predecessor. That it does
/// by PATCH is for whoever reads it; that it does by PUT would be a failure.
///
/// # Errors
/// When the control plane does not start, or refuses what it should not.
pub fn run(runtime: &Runtime, assets: &Assets, times: u32) -> anyhow::Result<bool> {
    planes::with_one(runtime, assets, |client| async move {
        let objects = Api::<ConfigMap>::namespaced(client, "default");
        let mut gone = [0, 0];
        for (how, gone) in [How::Patch, How::Put].into_iter().zip(&mut gone) {
            for _ in 0..times {
                *gone += u32::from(!survives(&objects, how).await?);
            }
            println!("{how:?}: {gone} of {times} successors went with their predecessor");
        }
        Ok(gone[1] == 0)
    })
}

/// Whether an object that is made while its predecessor is released twice is there afterwards.
async fn survives(objects: &Api<ConfigMap>, how: How) -> anyhow::Result<bool> {
    let held = json!({"metadata": {"name": NAME, "finalizers": [FINALIZER]}});
    let held: ConfigMap = serde_json::from_value(held)?;
    let made = objects.create(&PostParams::default(), &held).await?;
    objects.delete(NAME, &DeleteParams::default()).await?;
    let going = objects.get(NAME).await?;
    let (first, second, successor) = futures::join!(
        release(objects, &going, how),
        release(objects, &going, how),
        succeed(objects),
    );
    first.and(second)?;
    let successor = successor?;
    anyhow::ensure!(successor.uid() != made.uid(), "it is another");
    let found = objects.get_opt(NAME).await?;
    if found.is_some() {
        objects.delete(NAME, &DeleteParams::default()).await?;
    }
    Ok(found.is_some_and(|it| it.uid() == successor.uid()))
}

/// Takes the finalizer from this incarnation. The other one may have done it.
async fn release(objects: &Api<ConfigMap>, going: &ConfigMap, how: How) -> anyhow::Result<()> {
    let released = match how {
        How::Patch => {
            let patch = json!({"metadata": {"uid": going.uid(), "finalizers": null,
                "resourceVersion": going.resource_version()}});
            let params = PatchParams::default();
            objects.patch(NAME, &params, &Patch::Merge(patch)).await
        }
        How::Put => {
            let mut free = going.clone();
            free.metadata.finalizers = None;
            objects.replace(NAME, &PostParams::default(), &free).await
        }
    };
    match released {
        Err(kube::Error::Api(status)) if [404, 409].contains(&status.code) => Ok(()),
        released => released.map(|_| ()).context("release"),
    }
}

/// Makes the successor, as soon as its name is free.
async fn succeed(objects: &Api<ConfigMap>) -> anyhow::Result<ConfigMap> {
    let successor = json!({"metadata": {"name": NAME}});
    let successor: ConfigMap = serde_json::from_value(successor)?;
    loop {
        match objects.create(&PostParams::default(), &successor).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            made => return made.context("make the successor"),
        }
    }
}
