//! Lists: whole without a limit, paged with one, filtered, sorted, and strict about what they do not understand.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jolli::api::{Code, NewSource, Source};
use jolli::client::{Client, Query};
use serde_json::{Value, json};

use super::{World, code, new_source};

async fn all_pages(client: &Client, query: Query) -> Vec<Source> {
    let mut items = Vec::new();
    let mut next = query.clone();
    loop {
        let page = client.sources(&next).await.unwrap();
        assert!(page.items.len() <= 2);
        items.extend(page.items);
        match page.next {
            Some(after) => next = query.clone().after(after),
            None => return items,
        }
    }
}

fn names(sources: &[Source]) -> Vec<&str> {
    sources.iter().map(|s| s.name.as_str()).collect()
}

#[tokio::test]
async fn pages_together_are_the_whole_list_in_every_order() {
    let world = World::new().await;
    for name in ["delta", "alpha", "echo", "bravo", "charlie"] {
        world.source(name).await;
    }
    let whole = world.admin.sources(&Query::new()).await.unwrap();
    assert_eq!(
        names(&whole.items),
        ["charlie", "bravo", "echo", "alpha", "delta"]
    );
    assert_eq!(whole.next, None);
    for (sort, expected) in [
        ("-createdAt", ["charlie", "bravo", "echo", "alpha", "delta"]),
        ("createdAt", ["delta", "alpha", "echo", "bravo", "charlie"]),
        ("name", ["alpha", "bravo", "charlie", "delta", "echo"]),
        ("-name", ["echo", "delta", "charlie", "bravo", "alpha"]),
        ("-updatedAt", ["charlie", "bravo", "echo", "alpha", "delta"]),
    ] {
        let paged = all_pages(&world.admin, Query::new().sort(sort).limit(2)).await;
        assert_eq!(names(&paged), expected, "{sort}");
    }
}

#[tokio::test]
async fn what_is_created_between_pages_neither_hides_nor_repeats_a_row() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.source(name).await;
    }
    let query = Query::new().sort("name").limit(2);
    let first = world.admin.sources(&query).await.unwrap();
    world.source("aa").await;
    let second = world
        .admin
        .sources(&query.clone().after(first.next.unwrap()))
        .await
        .unwrap();
    assert_eq!(names(&second.items), ["c"]);
}

#[tokio::test]
async fn filters_narrow_and_unknown_ones_are_refused() {
    let world = World::new().await;
    let (_, _) = world.watched().await;
    let odd = NewSource {
        repo: None,
        ..new_source("comma, and more")
    };
    world.admin.create_source(&odd).await.unwrap();
    let client = &world.admin;
    let only =
        |query: Query| async move { names(&client.sources(&query).await.unwrap().items).join("|") };
    assert_eq!(only(Query::new().filter("kind", "true")).await, "backend");
    assert_eq!(
        only(Query::new().filter("kind", "virtual")).await,
        "comma, and more"
    );
    assert_eq!(
        only(Query::new().filter("name", "comma, and more")).await,
        "comma, and more"
    );
    assert_eq!(
        only(Query::new().filter("repo", "github.com/acme/backend")).await,
        "backend"
    );
    for bad in [
        "naem=a",
        "sort=color",
        "limit=0",
        "limit=x",
        "after=zzz",
        "kind=maybe",
        "name=a&name=b",
    ] {
        let result = world
            .call("GET", &format!("/sources?{bad}"), Value::Null)
            .await;
        assert_eq!(code(result), Code::Invalid, "{bad}");
    }
}

#[tokio::test]
async fn the_place_of_another_order_is_refused() {
    let world = World::new().await;
    for name in ["a", "b", "c"] {
        world.source(name).await;
    }
    let page = world
        .admin
        .sources(&Query::new().sort("name").limit(1))
        .await
        .unwrap();
    let mixed = Query::new()
        .sort("-name")
        .limit(1)
        .after(page.next.unwrap());
    assert_eq!(code(world.admin.sources(&mixed).await), Code::Invalid);
}

#[tokio::test]
async fn a_place_that_was_made_up_is_refused() {
    let world = World::new().await;
    for name in ["a", "b"] {
        world.source(name).await;
    }
    for (sort, made_up) in [("name", json!(7)), ("createdAt", json!("a"))] {
        let query = Query::new().sort(sort).limit(1);
        let page = world.admin.sources(&query).await.unwrap();
        let mut place: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(page.next.unwrap()).unwrap()).unwrap();
        place[2] = made_up;
        let after = URL_SAFE_NO_PAD.encode(place.to_string());
        let answer = world.admin.sources(&query.after(after)).await;
        assert_eq!(code(answer), Code::Invalid, "{sort}");
    }
}
