package android;

public final class R {
    public static final class drawable {
        public static final int stat_notify_chat = 1;
        public static final int stat_sys_phone_call = 2;
    }
}
