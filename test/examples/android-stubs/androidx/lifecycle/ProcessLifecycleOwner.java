package androidx.lifecycle;

public abstract class ProcessLifecycleOwner implements LifecycleOwner {
    public static native LifecycleOwner get();
}
