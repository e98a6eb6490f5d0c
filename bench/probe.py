"""A quick look at the workloads: whygrad against one peer, interleaved, minima."""
import sys, time, json
import numpy as np
sys.path.insert(0, "bench")
import peers, whygrad as wg
def work(layers, n, batch, epochs, loss="softmax_cross_entropy", act="relu", seed=0):
    rng=np.random.default_rng(seed)
    x=rng.random((n,layers[0]),dtype=np.float32)
    y=rng.integers(0,layers[-1],n) if loss=="softmax_cross_entropy" else x
    net=wg.mlp(list(layers),activation=act,output_activation=None if loss[0]=="s" else "identity",loss=loss,seed=0)
    P={k:v.astype(np.float32) for k,v in net.parameters.items()}
    orders=np.stack([np.random.default_rng((0,e)).permutation(n) for e in range(epochs)])
    return net, peers.Dense(tuple(layers),act,loss,x,y,P,batch,orders,1e-3)
def ours(net,w):
    def run():
        r=wg.train(net,w.x,w.y if w.loss[0]=="s" else w.x,optimizer="adam",learning_rate=1e-3,batch_size=w.batch,epochs=len(w.orders),engine="compiled",quiet=True,scale="none")
        return r
    return run
if __name__=="__main__":
    for name,(layers,n,b,e,loss) in {"digits":((64,32,10),1797,32,20,"softmax_cross_entropy"),"784-128":((784,128,10),5000,64,5,"softmax_cross_entropy"),"784-512":((784,512,10),5000,256,5,"softmax_cross_entropy"),"auto":((784,256,32,256,784),5000,128,3,"mean_squared_error")}.items():
        if len(sys.argv)>1 and name not in sys.argv[1:]: continue
        net,w=work(layers,n,b,e,loss)
        run=ours(net,w); run()
        ps={}
        for p in ("handwritten_jax","pytorch"):
            warm,r=getattr(peers,p)(w); warm(); ps[p]=r
        ts={"ours":[], **{p:[] for p in ps}}
        for _ in range(5):
            t=time.perf_counter(); r=run(); ts["ours"].append(time.perf_counter()-t)
            for p in ps: t=time.perf_counter(); l=ps[p](); ts[p].append(time.perf_counter()-t)
        steps=e*-(-n//b)
        fl=peers.dense_flops(w)
        print(name,{k:f"{min(v)/steps*1e6:.0f}us/step" for k,v in ts.items()},"ratios",{k:round(min(v)/min(ts["ours"]),2) for k,v in ts.items()}, f"{fl/min(ts['ours'])/1e9:.0f} GF/s", r.loss if hasattr(r,'loss') else r, l)
    print("sgemm",peers.sgemm_rate())
