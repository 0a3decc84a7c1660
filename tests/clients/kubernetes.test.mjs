// A session of the official JavaScript client of Kubernetes. Each test follows on the one before.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { after, before, test } from 'node:test';
import * as k8s from '@kubernetes/client-node';

const NAMESPACE = 'default';
const PATH = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
const HISTORY = Number(process.env.HISTORY);

/// A wire to the server that can be cut, as a server that restarts cuts it.
class Wire {
    constructor(url) {
        const { hostname, port } = new URL(url);
        this.sockets = new Set();
        this.server = net.createServer((near) => {
            const far = net.connect(Number(port), hostname);
            near.pipe(far).pipe(near);
            for (const socket of [near, far]) {
                this.sockets.add(socket);
                socket.on('error', () => {});
                socket.on(
                    'close',
                    () => this.sockets.delete(socket) && (near.destroy(), far.destroy()),
                );
            }
        });
    }

    async open() {
        this.server.listen(0, '127.0.0.1');
        await once(this.server, 'listening');
        return this.server.address().port;
    }

    cut() {
        this.sockets.forEach((socket) => socket.destroy());
    }

    close() {
        this.server.close();
        this.cut();
    }
}

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const wire = new Wire(config.getCurrentCluster().server);
const throughWire = new k8s.KubeConfig();

before(async () => {
    const port = await wire.open();
    const cluster = { ...config.getCurrentCluster(), server: `https://127.0.0.1:${port}` };
    throughWire.loadFromClusterAndUser(cluster, config.getCurrentUser());
});
after(() => wire.close());

function configMap(name, data = {}) {
    return { metadata: { name }, data };
}

function create(name) {
    return core.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap(name) });
}

function change(name, value) {
    const body = { data: { value: String(value) } };
    const merge = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);
    return core.patchNamespacedConfigMap({ namespace: NAMESPACE, name, body }, merge);
}

function remove(name) {
    return core.deleteNamespacedConfigMap({ namespace: NAMESPACE, name });
}

/// What was told, and waiting for more of it.
class Told {
    constructor() {
        this.lines = [];
    }

    say(line) {
        this.lines.push(line);
    }

    async until(line) {
        for (let look = 0; look < 400; look += 1) {
            if (this.lines.includes(line)) return;
            await new Promise((soon) => setTimeout(soon, 25));
        }
        assert.fail(`"${line}" was not told; what was: ${this.lines.join(', ')}`);
    }
}

async function refused(code, reason, call) {
    await assert.rejects(call, (error) => {
        const status = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
        assert.deepEqual([error.code, status.kind, status.reason], [code, 'Status', reason]);
        return true;
    });
}

test('the version is told', async () => {
    assert.equal((await config.makeApiClient(k8s.VersionApi).getCode()).major, '1');
});

test('a Service is created, read, changed and deleted', async () => {
    const body = {
        metadata: { name: 'web' },
        spec: {
            type: 'LoadBalancer',
            selector: { app: 'web' },
            ports: [{ port: 80, targetPort: 8080 }],
        },
    };
    const created = await core.createNamespacedService({ namespace: NAMESPACE, body });
    assert.match(created.spec.clusterIP, /^10\.96\./);
    assert.ok(created.metadata.creationTimestamp instanceof Date);
    await refused(409, 'AlreadyExists', () =>
        core.createNamespacedService({ namespace: NAMESPACE, body }),
    );

    const at = { namespace: NAMESPACE, name: 'web' };
    const patch = [{ op: 'replace', path: '/spec/ports/0/port', value: 81 }];
    const patched = await core.patchNamespacedService({ ...at, body: patch });
    assert.equal(patched.spec.ports[0].port, 81);
    await refused(409, 'Conflict', () => core.replaceNamespacedService({ ...at, body: created }));
    patched.spec.ports[0].port = 82;
    const replaced = await core.replaceNamespacedService({ ...at, body: patched });
    assert.equal(replaced.spec.ports[0].port, 82);
    const listed = await core.listNamespacedService({
        namespace: NAMESPACE,
        fieldSelector: 'metadata.name=web',
    });
    assert.deepEqual(
        listed.items.map((it) => it.metadata.name),
        ['web'],
    );
    await core.deleteNamespacedService(at);
    await refused(404, 'NotFound', () => core.readNamespacedService(at));
});

test('the object API applies any kind from the server side', async () => {
    const objects = k8s.KubernetesObjectApi.makeApiClient(config);
    const body = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'any', namespace: NAMESPACE },
    };
    const patch = { ...body, data: { key: 'value' } };
    const type = k8s.PatchStrategy.ServerSideApply;
    const applied = await objects.patch(patch, undefined, undefined, 'session', true, type);
    assert.deepEqual(applied.data, { key: 'value' });
    assert.equal(applied.metadata.managedFields[0].operation, 'Apply');
    assert.equal((await objects.read(body)).metadata.uid, applied.metadata.uid);
    assert.equal((await objects.delete(body)).status, 'Success');
});

test('custom objects of a definition are kept', async () => {
    const extensions = config.makeApiClient(k8s.ApiextensionsV1Api);
    const names = { plural: 'things', singular: 'thing', kind: 'Thing' };
    const schema = {
        openAPIV3Schema: { type: 'object', x_kubernetes_preserve_unknown_fields: true },
    };
    const versions = [{ name: 'v1', served: true, storage: true, schema }];
    const definition = {
        metadata: { name: 'things.example.com' },
        spec: { group: 'example.com', scope: 'Namespaced', names, versions },
    };
    await extensions.createCustomResourceDefinition({ body: definition });
    const custom = config.makeApiClient(k8s.CustomObjectsApi);
    const at = { group: 'example.com', version: 'v1', namespace: NAMESPACE, plural: 'things' };
    const body = {
        apiVersion: 'example.com/v1',
        kind: 'Thing',
        metadata: { name: 'one' },
        size: 1,
    };
    await custom.createNamespacedCustomObject({ ...at, body });
    const listed = await custom.listNamespacedCustomObject(at);
    assert.deepEqual(
        listed.items.map((it) => it.size),
        [1],
    );
    await extensions.deleteCustomResourceDefinition({ name: 'things.example.com' });
    await refused(404, 'NotFound', () => custom.listNamespacedCustomObject(at));
});

test('a watch tells each change and ends when the server ends it', async () => {
    const start = (await core.listNamespacedConfigMap({ namespace: NAMESPACE })).metadata
        .resourceVersion;
    const told = new Told();
    const query = { resourceVersion: start, timeoutSeconds: 2, allowWatchBookmarks: true };
    const ended = new Promise((end) => {
        const tell = (phase, object) => told.say(`${phase} ${object.metadata.name}`);
        new k8s.Watch(config).watch(PATH, query, tell, end);
    });
    await create('one');
    await change('one', 1);
    await remove('one');
    assert.equal(await ended, null);
    assert.deepEqual(told.lines, ['ADDED one', 'MODIFIED one', 'DELETED one']);
});

test('a watch from before the history is told 410', async () => {
    const start = (await core.listNamespacedConfigMap({ namespace: NAMESPACE })).metadata
        .resourceVersion;
    await create('busy');
    for (let count = 0; count <= HISTORY; count += 1) await change('busy', count);
    const told = [];
    await new Promise((end) => {
        const tell = (phase, object) => told.push([phase, object.code, object.reason]);
        new k8s.Watch(config).watch(PATH, { resourceVersion: start }, tell, end);
    });
    assert.deepEqual(told, [['ERROR', 410, 'Expired']]);
    await remove('busy');
});

/// An informer whose watch goes through the wire, and what it told.
function informer() {
    const told = new Told();
    const list = () => core.listNamespacedConfigMap({ namespace: NAMESPACE });
    const made = k8s.makeInformer(throughWire, PATH, list);
    for (const word of ['add', 'update', 'delete']) {
        made.on(word, (object) =>
            told.say(`${word} ${object.metadata.name} ${object.data?.value ?? ''}`.trim()),
        );
    }
    // What the client's own example does: an error ends the informer, and it is started again.
    made.on('error', () => {
        told.say('error');
        setTimeout(() => made.start(), 50);
    });
    return [made, told];
}

test('an informer resumes after its watch is cut, and misses nothing', async () => {
    await create('first');
    const [made, told] = informer();
    await made.start();
    await told.until('add first');
    await change('first', 1);
    await told.until('update first 1');

    wire.cut();
    await told.until('error');
    await create('second');
    await told.until('add second');
    assert.deepEqual(
        made
            .list(NAMESPACE)
            .map((it) => it.metadata.name)
            .sort(),
        ['first', 'second'],
    );
    assert.equal(told.lines.filter((line) => line.startsWith('add first')).length, 1);
    await made.stop();
});

test('an informer lists again when the history has forgotten where it was', async () => {
    const [made, told] = informer();
    await made.start();
    await told.until('add second');
    await change('second', 'open');
    await told.until('update second open');
    await made.stop();

    await remove('second');
    for (let count = 0; count <= HISTORY; count += 1) await change('first', count);
    await made.start();
    await told.until('delete second open');
    await told.until(`update first ${HISTORY}`);
    await change('first', 'last');
    await told.until('update first last');
    await made.stop();
    await remove('first');
});

test('an event is recorded and found by what it is about', async () => {
    const about = { kind: 'Service', name: 'web', namespace: NAMESPACE };
    const body = {
        metadata: { name: 'web.1' },
        involvedObject: about,
        reason: 'Told',
        message: 'hello',
        type: 'Normal',
    };
    await core.createNamespacedEvent({ namespace: NAMESPACE, body });
    const found = await core.listNamespacedEvent({
        namespace: NAMESPACE,
        fieldSelector: 'involvedObject.name=web',
    });
    assert.deepEqual(
        found.items.map((it) => it.message),
        ['hello'],
    );
});

test('a lease keeps its microseconds', async () => {
    const leases = config.makeApiClient(k8s.CoordinationV1Api);
    const renewTime = new k8s.V1MicroTime('2026-01-01T00:00:00.123Z');
    const body = { metadata: { name: 'leader' }, spec: { holderIdentity: 'one', renewTime } };
    const made = await leases.createNamespacedLease({ namespace: NAMESPACE, body });
    assert.equal(new Date(made.spec.renewTime).getTime(), Date.parse('2026-01-01T00:00:00.123Z'));
});
