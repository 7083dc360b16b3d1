//! Automerge, Loro and yrs: two replicas with a common past, edited apart, then merged. Which replica has the greater id is tried both ways.

use crate::cases::{Case, Outcomes, shown};
use serde_json::Value;

pub(crate) fn automerge(case: Case) -> Outcomes {
    use automerge::{ActorId, AutoCommit, ObjType, ROOT, hydrate, transaction::Transactable};
    [[1_u8, 2], [2, 1]].map(|ids| {
        let mut base = AutoCommit::new().with_actor(ActorId::from([0_u8]));
        let object = base.put_object(ROOT, "o", ObjType::Map).expect("put");
        base.put(&object, "x", 1).expect("put");
        base.put(&object, "y", 2).expect("put");
        base.put(ROOT, "n", 1).expect("put");
        let list = base.put_object(ROOT, "l", ObjType::List).expect("put");
        base.insert(&list, 0, 1).expect("insert");
        base.insert(&list, 1, 2).expect("insert");
        base.commit();
        let mut ann = base.fork().with_actor(ActorId::from([ids[0]]));
        let mut bob = base.fork().with_actor(ActorId::from([ids[1]]));
        match case {
            Case::AddAdd => {
                let new = ann.put_object(ROOT, "new", ObjType::Map).expect("put");
                ann.put(&new, "a", 1).expect("put");
                let new = bob.put_object(ROOT, "new", ObjType::Map).expect("put");
                bob.put(&new, "b", 2).expect("put");
            }
            Case::ChangeChange => {
                ann.put(ROOT, "n", 2).expect("put");
                bob.put(ROOT, "n", 3).expect("put");
            }
            Case::ChangeRemove => {
                ann.put(ROOT, "n", 2).expect("put");
                bob.delete(ROOT, "n").expect("delete");
            }
            Case::EditInsideRemoved => {
                ann.put(&object, "x", 9).expect("put");
                bob.delete(ROOT, "o").expect("delete");
            }
            Case::EditInsideReplaced => {
                ann.put(&object, "x", 9).expect("put");
                bob.put(ROOT, "o", 7).expect("put");
            }
            Case::RunsInOneGap => {
                ann.splice(&list, 1, 0, [3, 4].map(hydrate::Value::from))
                    .expect("splice");
                bob.splice(&list, 1, 0, [5, 6].map(hydrate::Value::from))
                    .expect("splice");
            }
            Case::OneElement => {
                ann.put(&list, 1, 8).expect("put");
                bob.put(&list, 1, 9).expect("put");
            }
        }
        ann.merge(&mut bob).expect("merge");
        let state = serde_json::to_value(automerge::AutoSerde::from(&ann)).expect("JSON");
        shown(case, &state)
    })
}

pub(crate) fn loro(case: Case) -> Outcomes {
    use loro::{ExportMode, LoroDoc, LoroMap, LoroMovableList, ToJson};
    [[1_u64, 2], [2, 1]].map(|ids| {
        let base = LoroDoc::new();
        base.set_peer_id(100).expect("an id");
        let root = base.get_map("root");
        let object = root.insert_container("o", LoroMap::new()).expect("insert");
        object.insert("x", 1).expect("insert");
        object.insert("y", 2).expect("insert");
        root.insert("n", 1).expect("insert");
        let list = root
            .insert_container("l", LoroMovableList::new())
            .expect("insert");
        list.insert(0, 1).expect("insert");
        list.insert(1, 2).expect("insert");
        base.commit();
        let snapshot = base.export(ExportMode::Snapshot).expect("export");
        let [ann, bob] = ids.map(|id| {
            let replica = LoroDoc::new();
            replica.set_peer_id(id).expect("an id");
            replica.import(&snapshot).expect("import");
            replica
        });
        let root = |document: &LoroDoc| document.get_map("root");
        let object = |document: &LoroDoc| {
            let object = root(document).get("o").expect("there");
            object
                .into_container()
                .expect("a container")
                .into_map()
                .expect("a map")
        };
        let list = |document: &LoroDoc| {
            let list = root(document).get("l").expect("there");
            let list = list.into_container().expect("a container");
            list.into_movable_list().expect("a list")
        };
        match case {
            Case::AddAdd => {
                let new = root(&ann).insert_container("new", LoroMap::new());
                new.expect("insert").insert("a", 1).expect("insert");
                let new = root(&bob).insert_container("new", LoroMap::new());
                new.expect("insert").insert("b", 2).expect("insert");
            }
            Case::ChangeChange => {
                root(&ann).insert("n", 2).expect("insert");
                root(&bob).insert("n", 3).expect("insert");
            }
            Case::ChangeRemove => {
                root(&ann).insert("n", 2).expect("insert");
                root(&bob).delete("n").expect("delete");
            }
            Case::EditInsideRemoved => {
                object(&ann).insert("x", 9).expect("insert");
                root(&bob).delete("o").expect("delete");
            }
            Case::EditInsideReplaced => {
                object(&ann).insert("x", 9).expect("insert");
                root(&bob).insert("o", 7).expect("insert");
            }
            Case::RunsInOneGap => {
                for (replica, first) in [(&ann, 3), (&bob, 5)] {
                    list(replica).insert(1, first).expect("insert");
                    list(replica).insert(2, first + 1).expect("insert");
                }
            }
            Case::OneElement => {
                list(&ann).set(1, 8).expect("set");
                list(&bob).set(1, 9).expect("set");
            }
        }
        ann.commit();
        bob.commit();
        let update = bob.export(ExportMode::all_updates()).expect("export");
        ann.import(&update).expect("import");
        shown(case, &ann.get_deep_value().to_json_value()["root"])
    })
}

pub(crate) fn yrs(case: Case) -> Outcomes {
    use yrs::types::ToJson;
    use yrs::updates::decoder::Decode;
    use yrs::{
        Array, ArrayPrelim, Doc, Map, MapPrelim, MapRef, Out, ReadTxn, StateVector, Transact,
        Update, WriteTxn,
    };
    fn object(root: &MapRef, transaction: &impl ReadTxn) -> MapRef {
        match root.get(transaction, "o") {
            Some(Out::YMap(object)) => object,
            other => panic!("no object: {other:?}"),
        }
    }
    fn list(root: &MapRef, transaction: &impl ReadTxn) -> yrs::ArrayRef {
        match root.get(transaction, "l") {
            Some(Out::YArray(list)) => list,
            other => panic!("no list: {other:?}"),
        }
    }
    [[1_u64, 2], [2, 1]].map(|ids| {
        let base = Doc::with_client_id(100);
        {
            let mut transaction = base.transact_mut();
            let root = transaction.get_or_insert_map("root");
            root.insert(&mut transaction, "o", MapPrelim::from([("x", 1), ("y", 2)]));
            root.insert(&mut transaction, "n", 1);
            root.insert(&mut transaction, "l", ArrayPrelim::from([1, 2]));
        }
        let update = |document: &Doc| {
            let transaction = document.transact();
            let update = transaction.encode_state_as_update_v1(&StateVector::default());
            Update::decode_v1(&update).expect("an update")
        };
        let [ann, bob] = ids.map(|id| {
            let replica = Doc::with_client_id(id);
            let past = update(&base);
            replica.transact_mut().apply_update(past).expect("applied");
            replica
        });
        {
            let [mut ann, mut bob] = [ann.transact_mut(), bob.transact_mut()];
            let [anns, bobs] = [ann.get_or_insert_map("root"), bob.get_or_insert_map("root")];
            match case {
                Case::AddAdd => {
                    anns.insert(&mut ann, "new", MapPrelim::from([("a", 1)]));
                    bobs.insert(&mut bob, "new", MapPrelim::from([("b", 2)]));
                }
                Case::ChangeChange => {
                    anns.insert(&mut ann, "n", 2);
                    bobs.insert(&mut bob, "n", 3);
                }
                Case::ChangeRemove => {
                    anns.insert(&mut ann, "n", 2);
                    bobs.remove(&mut bob, "n");
                }
                Case::EditInsideRemoved => {
                    object(&anns, &ann).insert(&mut ann, "x", 9);
                    bobs.remove(&mut bob, "o");
                }
                Case::EditInsideReplaced => {
                    object(&anns, &ann).insert(&mut ann, "x", 9);
                    bobs.insert(&mut bob, "o", 7);
                }
                Case::RunsInOneGap => {
                    list(&anns, &ann).insert_range(&mut ann, 1, [3, 4]);
                    list(&bobs, &bob).insert_range(&mut bob, 1, [5, 6]);
                }
                Case::OneElement => {
                    // An array has no change of an element: it is a removal and an addition.
                    let list_of_ann = list(&anns, &ann);
                    list_of_ann.remove(&mut ann, 1);
                    list_of_ann.insert(&mut ann, 1, 8);
                    let list_of_bob = list(&bobs, &bob);
                    list_of_bob.remove(&mut bob, 1);
                    list_of_bob.insert(&mut bob, 1, 9);
                }
            }
        }
        let theirs = update(&bob);
        let mut transaction = ann.transact_mut();
        transaction.apply_update(theirs).expect("applied");
        let root = transaction.get_or_insert_map("root");
        let state: Value = serde_json::to_value(root.to_json(&transaction)).expect("JSON");
        shown(case, &whole(state))
    })
}

/// Numbers without a fraction as integers: yrs writes every number as a double.
fn whole(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            Some(double) if double.fract() == 0.0 => (double as i64).into(),
            _ => Value::Number(number),
        },
        Value::Array(items) => items.into_iter().map(whole).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, whole(member)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        other => other,
    }
}
